"""What programs do with docker-py, Docker's SDK for Python: each line fails loudly."""
import io
import sys

import docker

client = docker.from_env()
assert client.ping()
image, log = client.images.build(
    fileobj=io.BytesIO(b'FROM busybox\nRUN echo built > /made\nLABEL who=sdk\n'), tag='sdk:1', rm=True
)
assert image.labels['who'] == 'sdk', image.labels
assert any('Successfully tagged' in line.get('stream', '') for line in log)
assert client.containers.run('sdk:1', 'cat /made', remove=True) == b'built\n'
network = client.networks.create('sdk-net', labels={'a': 'b'})
container = client.containers.run('sdk:1', ['sh', '-c', 'echo one; sleep 1000'], name='sdk', detach=True, network='sdk-net')
code, output = container.exec_run('cat /made')
assert (code, output) == (0, b'built\n'), (code, output)
network.reload()
assert [each.name for each in network.containers] == ['sdk']
network.disconnect(container)
network.connect(container, aliases=['again'])
container.reload()
assert 'again' in container.attrs['NetworkSettings']['Networks']['sdk-net']['Aliases']
assert next(container.logs(stream=True)) == b'one\n'
assert container.stats(stream=False)['memory_stats']['usage'] > 0
assert container.commit('sdk', '2').tags == ['sdk:2']
container.remove(force=True)
network.remove()
volume = client.volumes.create('sdk-volume', labels={'a': 'b'})
assert [each.name for each in client.volumes.list(filters={'label': 'a=b'})] == ['sdk-volume']
volume.remove()
for tag in ('sdk:1', 'sdk:2'):
    client.images.remove(tag)
sys.stdout.write('done\n')
