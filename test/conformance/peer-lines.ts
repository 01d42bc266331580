/**
 * Scenes for two engines: each is a list of command lines of the stock docker CLI, put to both from the same state. What they
 * print, how they end and what they leave has to be the same. `$T` is a fresh directory, `IMG` a busybox image.
 */
export const SCENES: Record<string, string> = {
  'create and inspect': `
create --name $N-a IMG sleep 100
inspect -f '{{.State.Status}} {{.State.Running}} {{.State.ExitCode}} {{.Path}} {{.Args}}' $N-a
inspect -f '{{json .Config}}' $N-a
inspect -f '{{json .Mounts}}' $N-a
inspect -f '{{.RestartCount}} {{.Driver}} {{.Platform}} {{.HostConfig.NetworkMode}}' $N-a
start $N-a
start $N-a
ps --filter name=$N-a --format '{{.Names}} {{.Image}} {{.Command}} {{.State}} {{.Ports}} {{.Networks}} {{.Mounts}}'
inspect -f '{{.State.Status}} {{.State.Paused}} {{.State.OOMKilled}} {{.State.Dead}} {{.State.Error}}' $N-a
create --name $N-a IMG true
rename $N-a $N-b
rename $N-b $N-b
rename $N-b bad/name
rename nosuch $N-x
kill -s NOSUCH $N-b
kill -s 0 $N-b
kill -s USR1 $N-b
stop -t 0 $N-b
stop $N-b
kill $N-b
rm $N-b
rm $N-b
rm -f $N-b`,
  'exit codes': `
run --rm IMG true
run --rm IMG false
run --rm IMG sh -c 'exit 42'
run --rm IMG sh -c 'kill -9 $$'
run --rm IMG nosuch
run --rm IMG /etc
run --rm IMG /etc/passwd
run --rm -w /etc/passwd IMG true
run --rm -u nosuch IMG true
run --rm -u root:nosuch IMG true
run --rm -u 99999 IMG id -u
run --rm --entrypoint '' IMG
run --rm --entrypoint /bin/echo IMG a b
run --rm nosuch/image/at/all:1 true
run --name $N-e IMG sh -c 'exit 3'
wait $N-e
start -a $N-e
logs $N-e
inspect -f '{{.State.ExitCode}} {{.State.Status}}' $N-e
rm -v $N-e`,
  'pause and unpause': `
run -d --name $N-p IMG sleep 100
pause $N-p
pause $N-p
exec $N-p true
inspect -f '{{.State.Status}} {{.State.Paused}} {{.State.Running}}' $N-p
restart -t 0 $N-p
unpause $N-p
pause $N-p
unpause $N-p
pause nosuch
stop -t 0 $N-p
pause $N-p
unpause $N-p
rm $N-p`,
  exec: `
run -d --name $N-x -e A=1 -w /tmp IMG sleep 100
exec $N-x sh -c 'echo $A $B; pwd'
exec -e B=2 -w /etc $N-x sh -c 'echo $A $B; pwd'
exec -u 1000:1000 $N-x id
exec -u nosuch $N-x id
exec $N-x nosuch
exec $N-x /etc/passwd
exec -w /nosuch $N-x true
exec -w relative $N-x true
exec $N-x sh -c 'exit 9'
exec -d $N-x sleep 1
exec nosuch true
exec $N-x
exec --privileged $N-x sh -c 'grep CapEff /proc/self/status'
exec $N-x sh -c 'grep -E "Cap|NoNew|Seccomp:" /proc/self/status'
kill $N-x
exec $N-x true
rm $N-x`,
  logs: `
run --name $N-l IMG sh -c 'echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three'
logs $N-l
logs -n 1 $N-l
logs -n 0 $N-l
logs --tail all $N-l
logs --tail x $N-l
logs --since 2001-01-01 $N-l
logs --since nonsense $N-l
logs --until 2001-01-01 $N-l
logs --details $N-l
logs nosuch
rm $N-l
run --name $N-n --log-driver none IMG echo x
logs $N-n
rm $N-n
run --rm --log-driver nosuch IMG true
run --rm --log-opt nosuch=1 IMG true
run --rm --log-opt max-size=banana IMG true
run --rm --log-opt max-file=0 IMG true
run --name $N-t --log-opt tag={{.Name}} --log-opt labels=a -l a=b IMG echo x
logs --details $N-t
inspect -f '{{json .HostConfig.LogConfig}}' $N-t
rm $N-t`,
  'what a container is confined by': `
run --rm IMG sh -c 'grep -E "Cap|NoNew|Seccomp:" /proc/self/status'
run --rm --cap-drop ALL IMG grep CapEff /proc/self/status
run --rm --cap-add NET_ADMIN IMG grep CapEff /proc/self/status
run --rm --cap-add NOSUCH IMG true
run --rm --cap-drop ALL --cap-add CHOWN IMG grep CapEff /proc/self/status
run --rm --privileged IMG grep -E 'CapEff|Seccomp:' /proc/self/status
run --rm --security-opt no-new-privileges IMG grep NoNew /proc/self/status
run --rm --security-opt seccomp=unconfined IMG grep Seccomp: /proc/self/status
run --rm --security-opt nosuch=1 IMG true
run --rm IMG sh -c 'mount -t tmpfs x /mnt'
run --rm IMG sh -c 'ls /dev'
run --rm IMG sh -c 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range'
run --rm --sysctl net.ipv4.ip_forward=0 IMG cat /proc/sys/net/ipv4/ip_forward
run --rm --sysctl kernel.nosuch=1 IMG true
run --rm --ulimit nofile=100:200 IMG sh -c 'ulimit -n; ulimit -Hn'
run --rm --read-only IMG touch /x
run --rm --read-only --tmpfs /x IMG touch /x/y
run --rm --tmpfs /x:size=1m,mode=700,nosuchoption IMG true
run --rm --tmpfs /x:size=1m,mode=700 IMG sh -c 'grep " /x " /proc/mounts; stat -c %a /x'
run --rm --shm-size 1m IMG sh -c 'df -k /dev/shm | tail -1 | cut -c1-30'
run --rm --device /dev/nosuch IMG true
run --rm --device /dev/null:/dev/other:r IMG sh -c 'ls /dev/other'
run --rm -h name --domainname dom IMG sh -c 'hostname; cat /etc/hostname'
run --rm --init IMG sh -c 'ps -o comm | head -2'
run --rm --pid host --uts host IMG true
run --rm --oom-score-adj 500 IMG cat /proc/self/oom_score_adj
run --rm --oom-score-adj 5000 IMG true
run --rm -m 4m IMG true
run --rm -m 1k IMG true
run --rm -m 64m --memory-swap 32m IMG true
run --rm --cpus 1000 IMG true
run --rm --cpuset-cpus 999 IMG true
run --rm --cpu-shares 1 IMG true
run --rm --pids-limit 20 IMG true
run --rm --blkio-weight 5 IMG true`,
  volumes: `
volume create $N-v
volume create $N-v
volume create --label a=b $N-w
volume create bad/name
volume create -d nosuch $N-x
volume create -o nosuch=1 $N-x
volume create -o type=tmpfs -o device=tmpfs -o o=size=1m $N-t
volume inspect -f '{{json .Labels}} {{.Driver}} {{.Scope}} {{json .Options}}' $N-w
volume inspect nosuch
volume ls --filter name=$N --format '{{.Name}} {{.Driver}} {{.Labels}}'
volume ls --filter label=a --filter name=$N -q
volume ls --filter dangling=banana
volume ls --filter nosuch=1
run --rm -v $N-v:/d IMG sh -c 'echo x > /d/f'
run --rm -v $N-v:/d:ro IMG sh -c 'cat /d/f; touch /d/g'
run --rm -v $N-t:/d IMG sh -c 'grep " /d " /proc/mounts | cut -c1-30'
run --rm -v $N-v:d IMG true
run --rm -v $N-v:/ IMG true
run --rm -v /nosuch-$N:/d:ro,nosuch IMG true
run --rm --mount type=bind,src=/nosuch-place,dst=/d IMG true
run --rm --mount type=volume,src=$N-v,dst=/d,volume-subpath=nosuch IMG true
run --rm --mount type=volume,src=$N-v,dst=/d,readonly IMG touch /d/x
run --rm --mount type=tmpfs,dst=/d,tmpfs-size=1m,tmpfs-mode=700 IMG stat -c %a /d
run --rm --mount type=bind,src=/etc,dst=/proc IMG true
run --rm -v $N-v:/d -v $N-w:/d IMG true
create --name $N-c -v $N-v:/d -v /anonymous IMG true
inspect -f '{{len .Mounts}} {{(index .Mounts 0).Type}} {{(index .Mounts 1).RW}}' $N-c
volume rm $N-v
create --name $N-f --volumes-from $N-c:ro IMG true
inspect -f '{{len .Mounts}} {{(index .Mounts 0).RW}} {{(index .Mounts 1).RW}}' $N-f
rm -v $N-f $N-c
create --volumes-from nosuch IMG true
volume rm $N-v $N-w $N-t
volume rm nosuch
volume rm -f nosuch`,
  images: `
tag IMG $N/i:1
tag IMG $N/i:2
tag nosuch $N/i:3
tag IMG Bad/Name
tag IMG $N/i:bad/tag
images $N/i --format '{{.Repository}} {{.Tag}}'
images --filter reference='$N/*:1' --format '{{.Tag}}'
images --filter dangling=banana
images --filter nosuch=1
image inspect -f '{{json .Config.Cmd}} {{.Os}} {{.Architecture}} {{len .RootFS.Layers}}' $N/i:1
image inspect nosuch
history --format '{{.CreatedBy}} {{.Comment}}' $N/i:1
create --name $N-u $N/i:1 true
rmi $N/i:1
rmi $N/i:1
commit -m hello -a me -c 'ENV A=b' -c 'CMD ["x"]' -c 'EXPOSE 80' -c 'LABEL l=m' $N-u $N/c:1
image inspect -f '{{.Comment}} {{.Author}} {{json .Config.Env}} {{json .Config.Cmd}} {{json .Config.ExposedPorts}} {{json .Config.Labels}}' $N/c:1
commit -c 'NOSUCH x' $N-u
commit nosuch
commit $N-u Bad/Name
rm $N-u
rmi $N/i:2 $N/c:1
rmi nosuch
rmi -f nosuch
pull nosuch.invalid/x
save nosuch
load -i /dev/null
import /nosuch
import -c 'NOSUCH x' /dev/null`,
  'diff, export, cp': `
run --name $N-d IMG sh -c 'echo a > /new; rm /etc/group; chmod 700 /etc/passwd; mkdir -p /dir/sub; touch /dir/sub/f'
diff $N-d
diff nosuch
cp $N-d:/new $T/out
cp $N-d:/nosuch $T/out
cp $N-d:/dir $T/dir
cp $T/dir $N-d:/copied
cp $T/out $N-d:/copied/
cp $T/out $N-d:/nosuch/place
cp $T/nosuch $N-d:/
cp $T/dir $N-d:/new
cp $N-d:/a $N-d:/b
cp $T/out $T/out2
cp nosuch:/x $T/x
cp $N-d:/dir/. $T/dots
cp $T/out $N-d:/etc/passwd/x
diff $N-d
export -o $T/e.tar $N-d
export nosuch
rm $N-d`,
  'lists and filters': `
create --name $N-1 -l k=v -l only IMG true
create --name $N-2 -l k=w IMG true
run --name $N-3 IMG sh -c 'exit 5'
ps -a --filter name=$N --format '{{.Names}}'
ps -a --filter name=$N --filter label=k=v --format '{{.Names}}'
ps -a --filter name=$N --filter label=only --format '{{.Names}} {{.Label "k"}}'
ps -a --filter name=$N --filter exited=5 --format '{{.Names}}'
ps -a --filter name=$N --filter status=created --format '{{.Names}}'
ps -a --filter status=nosuch
ps -a --filter exited=x
ps -a --filter nosuch=x
ps -a --filter name=$N --filter before=$N-2 --format '{{.Names}}'
ps -a --filter name=$N --filter since=$N-1 --format '{{.Names}}'
ps -a --filter before=nosuch
ps -a --filter name=$N --filter ancestor=IMG --format '{{.Names}}'
ps -a --filter name=$N --filter volume=nosuch -q
ps -a --filter name=$N --filter network=bridge --format '{{.Names}}'
ps -a --filter name=$N --filter health=none --format '{{.Names}}'
ps -a --filter name=$N --filter is-task=true -q
ps -a --filter name=$N -n 1 --format '{{.Names}}'
ps -a --filter name=$N --no-trunc --format '{{.Command}}'
container prune -f --filter label=k=v
ps -a --filter name=$N --format '{{.Names}}'
container prune -f --filter nosuch=1
rm $N-2 $N-3`,
  'update and restart policies': `
run -d --name $N-r --restart on-failure:3 IMG sleep 100
inspect -f '{{json .HostConfig.RestartPolicy}}' $N-r
update --restart always $N-r
update --restart nosuch $N-r
update -m 64m --memory-swap 128m $N-r
update -m 1k $N-r
update --cpus 0.5 $N-r
update --cpu-shares 512 --pids-limit 100 $N-r
inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuShares}} {{.HostConfig.PidsLimit}} {{json .HostConfig.RestartPolicy}}' $N-r
update --cpuset-cpus 99 $N-r
update nosuch
update $N-r
update --restart no $N-r
rm -f $N-r
run --rm --restart always IMG true
create --restart unless-stopped:3 IMG true
create --restart on-failure:-1 IMG true`,
  ports: `
create --name $N-o -p 127.0.0.1::80 -p 90-91 --expose 99/udp IMG true
inspect -f '{{json .HostConfig.PortBindings}} {{json .Config.ExposedPorts}}' $N-o
port $N-o
rm $N-o
run -d --name $N-q -p 127.0.0.1::80 IMG sleep 100
port $N-q 81
port $N-q 80/sctp
port nosuch
rm -f $N-q
create -p 80:80:80:80 IMG true
create -p 1-2:80 IMG true
create -p 256.1.1.1:80:80 IMG true
create --network container:nosuch IMG true
create --network host -p 80:80 IMG true
create --network none --name $N-z IMG true
inspect -f '{{json .NetworkSettings.Ports}}' $N-z
rm $N-z`,
  'names and references': `
create --name a IMG true
create --name -bad IMG true
create --name 'has space' IMG true
inspect nosuch
inspect --type image nosuch
inspect --type volume nosuch
inspect --type network nosuch
inspect --type nosuch x
network inspect nosuch
network ls --filter nosuch=1
network rm bridge
network rm nosuch
top nosuch
wait nosuch
attach nosuch
stats --no-stream nosuch
events --since 1 --until 2
system df --format '{{.Type}}'`,
  networks: String.raw`
network create $N-n
network create $N-n
network create --subnet 10.201.0.0/16 --gateway 10.201.0.1 --ip-range 10.201.1.0/24 --label a=b $N-s
network create --subnet 10.201.5.0/24 $N-overlap
network create --subnet nonsense $N-x
network create --subnet 10.202.0.0/16 --gateway 10.203.0.1 $N-x
network create -d nosuch $N-x
network create --internal $N-i
network inspect -f '{{.Name}} {{.Driver}} {{.Internal}} {{.EnableIPv6}} {{json .Labels}} {{json .IPAM.Config}}' $N-s
network inspect -f '{{.Internal}} {{.Attachable}} {{.Ingress}} {{.ConfigOnly}}' $N-i
network ls --filter name=$N --format '{{.Name}} {{.Driver}} {{.Scope}}'
network ls --filter label=a --filter name=$N -q
network ls --filter driver=nosuch -q
run -d --name $N-c --network $N-s --ip 10.201.1.77 --network-alias web IMG sleep 100
inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$v.IPAddress}} {{$v.Gateway}} {{$v.IPPrefixLen}} {{json $v.IPAMConfig}}{{end}}' $N-c
run --rm --network $N-s --ip 10.201.1.77 IMG true
run --rm --network $N-s --ip 10.99.0.1 IMG true
run --rm --ip 172.17.0.99 IMG true
run --rm --network $N-s IMG sh -c 'ping -c1 -W2 web >/dev/null && echo found; cat /etc/resolv.conf | grep nameserver'
network connect $N-n $N-c
network connect $N-n $N-c
network connect nosuch $N-c
network connect $N-n nosuch
exec $N-c sh -c 'ls /sys/class/net | sort | tr "\n" " "'
network rm $N-s
network disconnect $N-n $N-c
network disconnect $N-n $N-c
network disconnect -f $N-n nosuch
rm -f $N-c
network rm $N-n $N-s $N-i
network prune -f --filter label=nosuch-label
network create bridge
network create host
run --rm --network nosuch IMG true`,
}

/** Lines that the two answer differently for a reason that stays. They are still run, since others follow from them. */
export const DIFFERENT: Record<string, string> = {
  'exec $N-x nosuch': 'Docker 26 ends with 126; newer ones, and Berth, with 127, as for run',
  'exec -w relative $N-x true': "the words are the runtime's; Berth refuses before it asks a runtime",
  'run --rm -w /etc/passwd IMG true': 'Docker makes the directory itself, Berth leaves it to the runtime',
  'run --rm IMG /etc': "the words are the runtime's",
  'run --rm --log-opt max-size=banana IMG true': 'Berth refuses at create: no container is left that cannot start',
  'run --rm --log-opt max-file=0 IMG true': 'Berth refuses at create: no container is left that cannot start',
  "inspect -f '{{json .HostConfig.LogConfig}}' $N-t": 'logs are bounded by default, and inspect says so',
  "run --rm IMG sh -c 'ls /dev'": 'crun makes /dev/core, as it does for Podman',
  'run --rm --cpu-shares 1 IMG true': 'the kernel makes 2 of it; runc refuses, crun does not',
  'run --rm --mount type=bind,src=/etc,dst=/proc IMG true': 'Berth refuses at create, by name',
  'run --rm --mount type=volume,src=$N-v,dst=/d,volume-subpath=nosuch IMG true': 'the path on the host is not told',
  'load -i /dev/null': "Docker's words are those of a file that it did not find",
  'cp $T/dir $N-d:/new': 'the client tells of its own closed pipe when the refusal comes early',
  'pull nosuch.invalid/x': 'the machines of the two have other resolvers',
  'run --rm nosuch/image/at/all:1 true': 'the machines of the two have other resolvers',
}
