import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from './run.ts'

const PASSWD =
  'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\napp:x:1000:1000::/home:/bin/sh\n'
const GROUP = 'root:x:0:\nnogroup:x:65534:\napp:x:1000:\nextra:x:2000:app\n'

/** A tar of a busybox root made from Debian's busybox-static, and its removal. */
export async function busyboxTar(): Promise<{ path: string } & Disposable> {
  const directory = mkdtempSync(join(tmpdir(), 'berth-busybox-'))
  const root = join(directory, 'root')
  for (const name of ['bin', 'etc', 'tmp', 'proc', 'sys', 'dev', 'root', 'home', 'var'])
    mkdirSync(join(root, name), { recursive: true })
  chmodSync(join(root, 'tmp'), 0o1777)
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
  const applets = (await must(['/bin/busybox', '--list'])).split('\n').filter(name => name && name !== 'busybox')
  for (const name of applets) symlinkSync('busybox', join(root, 'bin', name))
  writeFileSync(join(root, 'etc/passwd'), PASSWD)
  writeFileSync(join(root, 'etc/group'), GROUP)
  const path = join(directory, 'busybox.tar')
  await must(['tar', '-C', root, '-cf', path, '.'])
  return { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) }
}
