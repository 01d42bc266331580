/**
 * Command lines that stock docker and `berth` have to answer alike: output, errors, exit code. One to a line, with quotes as a
 * shell has them. `cli-a` runs with a published port and labels, `cli-b` was created with a volume.
 */
export const CLI_LINES = String.raw`
foo
container foo
ps foo
run
run --foo
ps -z
ps --last
ps --last x
ps -nx
rm
rename a
run --memory x y
run --rm=maybe x
run --cpus x y
run --cpus 1.0000000001 busybox true
run --ulimit x y
run --ulimit nofile=5:3 y
run --ulimit bad=5 y
run -p x busybox
run -p 99999:80 busybox
run -p 80:80/foo busybox
run -p 1.2.3:80:80 busybox
run -e = busybox
run --env-file /nope busybox
run --label-file /nope busybox
run --mount type=bind busybox
run --mount type=foo,target=/x busybox
run --mount foo=bar busybox
run --mount type=tmpfs,volume-nocopy,target=/x busybox
run --mount target=/x,bind-propagation=shared busybox
run --network name=x,foo=1 busybox
run --restart foo busybox true
run --restart on-failure:x busybox true
run --rm --restart always busybox true
run --pull foo busybox true
run --pid foo busybox true
run --uts foo busybox true
run --userns foo busybox
run --device foo busybox
run --device /dev/null:/dev/x:rwz busybox
run --device /dev/null:/a:b:c busybox
run --add-host foo busybox
run --add-host foo:1.2.3 busybox
run --dns foo busybox
run --security-opt foo busybox
run --security-opt seccomp=/nope busybox
run --log-driver none --log-opt a=b busybox
run --sysctl foo=1 busybox
run --sysctl kernel.shmmax busybox
run --health-interval x busybox
run --health-retries=-1 busybox
run --no-healthcheck --health-cmd x busybox
run --memory-swappiness 200 busybox
run --blkio-weight 70000 busybox
run --blkio-weight-device /dev/sda:5 busybox
run --device-read-bps sda:5 busybox
run --gpus foo=bar busybox
run --gpus all=x busybox
run --stop-timeout x busybox
run --attach foo busybox
run -a stdout -d busybox
run --mac-address foo busybox true
run --expose foo busybox
run --expose 80:80 busybox
run --tmpfs /x:foo busybox true
run --storage-opt foo busybox
run --name bad/name busybox
run --name cli-a busybox true
run --rm busybox nope
run --rm busybox /etc
run --rm busybox sh -c 'exit 7'
run --rm busybox sh -c 'echo o; echo e >&2'
run --rm --entrypoint= busybox
run --rm ABC
run --rm cli/nope:1
run --rm --pull never cli/nope:1
run --rm --workdir x busybox true
run --rm --dns 127.0.0.1 busybox true
run --rm --network nope busybox true
run --rm --network bridge --network-alias x busybox true
run --rm --link a:b:c busybox
run --rm -m 1m busybox true
create --name cli-a busybox
create --foo
ps --filter x
ps --filter foo=bar
ps
ps -a
ps -q
ps -aq --no-trunc
ps -a --no-trunc
ps -as
ps -n 1
ps -l
ps -a --format {{.Foo}}
ps -a --format {{.Names}}
ps -a --format {{.
ps -a --format '{{json .}}'
ps -a --format json
ps -a --format 'table {{.Names}}\t{{.Image}}'
ps -a --format 'table {{.Names}} {{.Labels}}'
ps -a --format '{{.Label "x"}} {{.Labels}} {{.Mounts}} {{.LocalVolumes}} {{.Networks}} {{.CreatedAt}} {{.Platform}}'
ps -a --format '{{.Names | upper}} {{title .Image}} {{truncate .ID 3}} {{pad .State 1 2}} {{split .Image "/"}} {{join (split .Image "/") "-"}}'
ps -a --format '{{printf "%-10s|%5s|%q" .Names .State .Image}}'
ps -a --format '{{len .Names}} {{slice .ID 0 4}} {{eq .State "running"}} {{and .ID .Names}} {{not .ID}} {{or "" .ID}}'
ps -a --format raw
ps -aq --format '{{.ID}}'
ps --filter name=cli-a --format '{{.Ports}} {{.Status}}'
ps --format 'table {{upper .Names}}\t{{json .State}}'
ps --format '{{foo}}'
ps --format '{{if .ID}}'
ps --format '{{end}}'
ps --format '{{.ID'
ps --format '{{index .ID 100}}'
ps --format '{{.ID.Foo}}'
ps --format '{{.Label}}'
ps --format '{{.ID 1}}'
ps --format '{{lt .ID 1}}'
ps --format '{{"unclosed}}'
ps --format '{{1 | 2}}'
ps --format '{{template "x"}}'
ps --format '{{break}}'
ps --format '{{range .ID}}x{{end}}'
ps --format '{{$x}}'
ps --format '{{.ID | printf}}'
ps --format '{{pad .ID 1}}'
ps --format '{{truncate .ID "x"}}'
ps --format '{{nil}}'
ps --format '{{}}'
ps --format '{{/* c */}}x'
ps --format '{{- 23 -}} < {{45}}'
logs nope
logs --tail x cli-a
logs --since foo cli-a
stop nope
start nope
kill nope
kill -s FOO cli-a
kill cli-b
pause cli-b
unpause cli-a
wait nope
rm nope
rm -f nope
rm cli-a
rename nope x
rename cli-a cli-b
rename cli-a ""
top cli-b
top nope
port cli-a
port cli-a 80
port cli-a 81
port cli-a x
port cli-a 99999
port nope
update cli-a
update --memory x cli-a
update --restart foo cli-a
update nope --cpus 1
attach cli-b
attach nope
exec cli-b true
exec nope true
exec cli-a
exec cli-a nope
exec cli-a sh -c 'exit 4'
exec -w /nope cli-a true
exec -u nope cli-a true
exec -it cli-a true
exec -e A=1 cli-a sh -c 'echo $A'
exec -d cli-a true
inspect cli-a --format '{{.State}}'
inspect cli-a --format '{{.State.Status}} {{.State.Pid}}'
inspect cli-a --format '{{.Foo}}'
inspect cli-a --format '{{.State.Foo}}'
inspect cli-a --format '{{.Id}}'
inspect cli-a --format '{{.ID}} {{.Name}} {{.Config.Cmd}} {{.Config.Env}} {{.Config.Labels}}'
inspect cli-a --format '{{.NetworkSettings.Ports}}'
inspect cli-a --format '{{json .NetworkSettings.Ports}}'
inspect cli-a --format '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}'
inspect cli-a --format '{{range $k,$v := .NetworkSettings.Networks}}{{$k}}:{{$v.IPAddress}}{{end}}'
inspect cli-a --format '{{.HostConfig.LogConfig}} {{.HostConfig.RestartPolicy}} {{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}'
inspect cli-a --format '{{.Mounts}} {{.HostConfig.Binds}} {{.State.Health}} {{if .State.Health}}y{{else}}n{{end}}'
inspect cli-b --format '{{.Mounts}} {{.HostConfig.Binds}}'
inspect cli-b --format '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.RW}}{{end}}'
inspect cli-b --format '{{json .Mounts}}'
inspect cli-b --format '{{json .State}}'
inspect cli-b --format '{{json .Config}}'
inspect cli-b --format '{{json .HostConfig}}'
inspect cli-b --format '{{.HostConfig.Devices}} {{.HostConfig.CapAdd}} {{.HostConfig.Ulimits}} {{.HostConfig.OomKillDisable}}'
inspect cli-b --format '{{.GraphDriver.Name}} {{.Config.Volumes}} {{.Config.ExposedPorts}} {{.HostConfig.ConsoleSize}} {{.HostConfig.ShmSize}}'
inspect cli-b --format '{{printf "%d %s %v %t" .HostConfig.ShmSize .Name .Config.Env .Config.Tty}}'
inspect cli-b --format '{{.Config.Foo.Bar}}'
inspect cli-b --format '{{index .Config.Labels "x"}}|{{len .Config.Env}}|{{index .Config.Env 0}}'
inspect cli-b --format '{{eq .State.ExitCode 0}} {{gt .HostConfig.ShmSize 5}} {{.State.StartedAt}} {{.Created}}'
inspect --type image cli-a
inspect --type foo cli-a
inspect --type= cli-a
inspect --size cli-b --format '{{.SizeRw}} {{.SizeRootFs}}'
inspect busybox --format '{{.Id}} {{.RepoTags}} {{.Size}} {{.Config}} {{.RootFS}} {{.Os}}/{{.Architecture}}'
inspect busybox --format '{{.ID}} {{.RootFS.Layers}} {{.GraphDriver.Name}} {{.Metadata.LastTagTime}}'
image inspect busybox
image inspect nope
container inspect nope
images
images -a
images -q
images --no-trunc
images --digests
images busybox
images nope
images a b
images --filter foo=bar
image ls
tag nope x
tag busybox ABC
rmi nope
rmi -f nope
rmi ABC
save
save nope
load -i /nope
import /nope
import /dev/null ABC
pull ABC
pull -a busybox
volume ls
volume ls -q
volume ls --format json
volume create --foo
volume create a b
volume inspect nope
volume inspect clivol --format '{{.Name}} {{.Driver}} {{.Labels}} {{.Options}}'
volume inspect clivol
volume rm nope
volume rm -f nope
volume rm clivol
network ls
network ls -q
network ls --no-trunc
network ls --format json
network ls --filter driver=bridge --format '{{.Name}} {{.IPv6}} {{.Internal}} {{.CreatedAt}}'
network inspect bridge --format '{{.Name}} {{.Driver}} {{.IPAM}} {{.Options}} {{.Internal}}'
network inspect bridge --format '{{json .IPAM}} {{.Created}}'
network inspect nope
events --since 1h --until 0s --filter container=cli-b --format '{{.Type}} {{.Action}} {{.Actor.ID}} {{.Actor.Attributes}} {{.Time}} {{.TimeNano}}'
events --since 1h --until 0s --filter container=cli-b
events --format '{{.Foo}}'
events --format '{{.'
login -p x -u
login --password-stdin
login -u a
cp a b
cp cli-a:/x cli-b:/y
cp cli-a:/nope .
cp nope:/x .
cp cli-a:/etc /nope/dir/x
cp - cli-a:/etc/hostname
cp cli-a:/etc/hostname -
help ps foo
help foo
--foo
-z
--log-level x ps
-H foo://x ps
-H a -H b ps
-c nope ps
stop -t x cli-a
stop --time 1 -t 1 cli-b
`
  .trim()
  .split('\n')
