import { CORNERS } from './corners.ts'
import { type CorpusCase, TREE } from './corpus-case.ts'

/** One or more for each instruction and flag. `IMG` is the image of busybox. All of them build. */
export const CORPUS: Record<string, CorpusCase> = {
  ...CORNERS,
  'FROM alone': { dockerfile: 'FROM IMG\n' },
  'FROM with argument and platform': {
    dockerfile: `ARG B=IMG\nARG P=linux/amd64\nFROM --platform=$P \${B} AS x\nENV a=b\n`,
  },
  'FROM scratch': { dockerfile: 'FROM scratch\nCOPY top.txt /\n', files: TREE },
  'FROM a stage, inheriting arguments and config': {
    dockerfile: `FROM IMG AS one
ARG A=1
ENV B=2
WORKDIR /w
USER app
FROM one
RUN echo $A-$B-$(pwd)-$(id -u) >/tmp/out
FROM one
RUN echo $A-$B >/tmp/three
ARG A
RUN echo "$A" >/tmp/four
`,
  },
  RUN: {
    dockerfile: `FROM IMG
RUN echo shell > /shell && mkdir -p /d/e && touch /d/e/f
RUN ["/bin/sh", "-c", "echo exec > /exec"]
RUN echo several \\
  # a comment between
  lines > /lines
RUN true
RUN rm /shell && ln -s /exec /link && mknod /fifo p && chmod 4755 /exec && chown 1:2 /d
RUN echo "$PATH:$HOME:$(hostname)" > /environment; cat /proc/self/cgroup >/dev/null
RUN rm -rf /home && mkdir /home && touch /home/new
`,
  },
  'RUN with heredocs': {
    dockerfile: `FROM IMG
RUN <<EOF
echo one > /one
cat > /two <<E2
$PATH
E2
EOF
RUN <<-"EOF"
	echo $HOME > /three
EOF
RUN <<EOF
#!/bin/sh
echo own script > /four
EOF
RUN cat <<A <<B > /five
a
A
b
B
`,
  },
  'RUN --mount': {
    dockerfile: `FROM IMG AS other
RUN mkdir /o && echo from > /o/f
FROM IMG
RUN --mount=type=bind,target=/ctx cp /ctx/top.txt /copied && ls /ctx/a > /listed
RUN --mount=type=bind,source=a,target=/a,rw touch /a/new && ls /a > /written
RUN --mount=type=bind,from=other,source=/o,target=/deep/er/o cat /deep/er/o/f > /from
RUN --mount=type=cache,target=/cache,id=corpus touch /cache/x && echo cached > /out
RUN --mount=type=tmpfs,target=/t,size=1m df /t | tail -1 | awk '{print $2}' > /tmpfs && touch /t/gone
RUN --mount=type=secret,id=none,target=/secret test ! -e /secret
`,
    files: TREE,
  },
  'RUN --network': { dockerfile: 'FROM IMG\nRUN --network=none ip -o link | wc -l > /links\n' },
  'COPY of files and directories': {
    dockerfile: `FROM IMG
COPY top.txt /x
COPY top.txt /dir/
COPY top.txt other.txt /several/
COPY a /a
COPY a/ /deep/er/
COPY . /all
COPY *.txt /wild/
COPY a/*/t*.txt /wild2/
COPY dirlink /linked
COPY dirlink/three.txt /linked-file
COPY a/link /link
COPY empty /empty
WORKDIR /w
COPY top.txt .
COPY top.txt rel/
COPY ["top.txt", "with space.txt"]
COPY t[aeiou]p.txt t?p.txt /class/
`,
    files: TREE,
  },
  'COPY onto what is there': {
    dockerfile: `FROM IMG
RUN mkdir -p /real/sub /t && ln -s /real /link && ln -s real/sub /sub && echo x > /real/one && chmod 700 /real && chown 5:6 /real
COPY a /link/
COPY top.txt /link/sub/
COPY top.txt /sub
COPY a /real
COPY top.txt /etc/passwd
`,
    files: TREE,
  },
  'COPY --chown and --chmod': {
    dockerfile: `FROM IMG
COPY --chown=app top.txt /1
COPY --chown=app:nogroup a /2
COPY --chown=12 top.txt /3
COPY --chown=12:13 a /new/4
COPY --chmod=0644 a /5
COPY --chmod=755 --chown=1:1 top.txt /n/6
COPY --chown=:2000 top.txt /7
COPY --chown=nobody:extra top.txt /8
`,
    files: TREE,
  },
  'COPY --from': {
    dockerfile: `FROM IMG AS builder
RUN mkdir -p /out/d && echo 1 >/out/d/f && ln /out/d/f /out/d/hard && ln -s f /out/d/soft && chown -R 3:4 /out && chmod 2755 /out/d
FROM IMG AS second
COPY --from=builder /out /a
COPY --from=0 /out/d/f /b
COPY --from=IMG /etc/group /c
COPY --from=builder /out/d/soft /d
COPY --from=builder /out/d/* /e/
COPY --from=builder --chown=9:9 /out/d /f
COPY --from=builder out/d /g/
`,
  },
  'COPY --link': {
    dockerfile: `FROM IMG
COPY --link top.txt /x/y
COPY --link --chown=5:6 a /linked/
COPY --link --from=IMG /etc/group /etc/other
`,
    files: TREE,
  },
  'COPY --parents and --exclude': {
    dockerfile: `# syntax=docker/dockerfile:1
FROM IMG
COPY --exclude=*.txt a /no-text
COPY --exclude=b --exclude=link a /no-b
COPY --parents a/b/three.txt a/*.txt top.txt /parents/
COPY --parents a/./b/c /pivot/
COPY --parents **/*.txt /deep/
`,
    isNew: true,
    files: TREE,
  },
  'COPY of heredocs': {
    dockerfile: `FROM IMG
ARG WHO=you
COPY <<EOF <<"END" /in/
hello $WHO
EOF
raw $WHO
END
COPY --chmod=755 <<run.sh /usr/bin/run
#!/bin/sh
run.sh
`,
  },
  ADD: {
    dockerfile: `FROM IMG
ADD top.txt /x
ADD a /a/
ADD *.txt /t/
ADD --chown=1:2 --chmod=600 top.txt /owned
ADD <<EOF /here
inline
EOF
`,
    files: TREE,
  },
  'ADD of archives': {
    dockerfile: `FROM IMG
ADD plain.tar /plain
ADD packed.tar.gz /packed/
ADD plain.tar packed.tar.gz /both/
ADD not-a.tar /not/
COPY plain.tar /copied/
ADD --chown=7:7 plain.tar /owned/
`,
    files: { 'not-a.tar': 'text' },
  },
  '.dockerignore': {
    dockerfile: 'FROM IMG\nCOPY . /all\n',
    files: { ...TREE, '.dockerignore': '# comment\n*.txt\n!top.txt\na/b\n!a/b/c\nDockerfile\n' },
  },
  ENV: {
    dockerfile: `FROM IMG
ENV one=1 two="2 2" three=three\\ words
ENV legacy all of it
ENV refer=$one-\${two}-\${none:-default}-\${one:+set}-\\$one
ENV one=changed same=$one
ENV PATH=$PATH:/extra
RUN env | grep -v HOSTNAME | sort > /env
`,
  },
  'ARG and ENV of one name': {
    dockerfile: `FROM IMG
ARG A=arg
ENV A=env
RUN echo $A > /1
ARG E=first
ENV E=second
RUN echo $E > /2
ARG UNSET
ENV B=env
ARG B=arg
RUN echo $B > /3
ARG C
ARG D=$A-$B
RUN echo "$C|$D" > /4
`,
    flags: ['--build-arg', 'C=given', '--build-arg', 'A=given'],
  },
  'Platform arguments': {
    dockerfile: `FROM IMG
ARG TARGETPLATFORM
ARG TARGETARCH
ARG TARGETOS
ARG TARGETVARIANT
ARG BUILDPLATFORM
RUN echo "$TARGETPLATFORM $TARGETARCH $TARGETOS $TARGETVARIANT $BUILDPLATFORM" > /p
`,
  },
  'Arguments before FROM': {
    dockerfile: `ARG V=1
ARG W=\${V}2
FROM IMG
ARG V
ARG W
RUN echo $V $W > /v
`,
  },
  'Variables with modifiers': {
    dockerfile: `FROM IMG
ARG F=a.b.c
ENV G=\${F#*.} H=\${F##*.} I=\${F%.*} J=\${F%%.*} K=\${F/./-} L=\${F//./-} M=\${N:-x} O=\${F:+y}
`,
  },
  'LABEL and MAINTAINER': {
    dockerfile: 'FROM IMG\nLABEL a=1 b="two words" "c d"=e\nLABEL a=2\nMAINTAINER Some One <x@y>\n',
    flags: ['--label', 'given=yes', '--label', 'a=3'],
  },
  WORKDIR: {
    dockerfile: `FROM IMG
WORKDIR /a/b
WORKDIR c
WORKDIR ../d
ENV E=/env
WORKDIR $E/x
RUN pwd > /pwd
USER 1000:1000
WORKDIR /mine
RUN pwd
USER 0
WORKDIR /etc
WORKDIR /
`,
  },
  USER: {
    dockerfile: `FROM IMG
USER app
RUN id > /tmp/1
USER 1234
RUN id > /tmp/2
USER app:extra
RUN id > /tmp/3; echo $HOME > /tmp/4
USER 5:6
RUN id > /tmp/5
`,
  },
  'EXPOSE, VOLUME, STOPSIGNAL': {
    dockerfile: `FROM IMG
ARG PORT=99
EXPOSE 80 443/tcp 53/udp 8000-8002 $PORT
EXPOSE 80
VOLUME /one /two
VOLUME ["/three", "/four five"]
STOPSIGNAL 9
STOPSIGNAL SIGTERM
RUN mkdir -p /one && touch /one/in-volume
`,
  },
  HEALTHCHECK: {
    dockerfile: `FROM IMG
HEALTHCHECK NONE
HEALTHCHECK --interval=1m30s --timeout=2s --start-period=3s --start-interval=4s --retries=5 CMD wget -q localhost || exit 1
`,
  },
  'HEALTHCHECK with a list': { dockerfile: 'FROM IMG\nHEALTHCHECK CMD ["/bin/true", "x"]\n' },
  'CMD and ENTRYPOINT': {
    dockerfile: 'FROM IMG\nCMD echo shell form\nENTRYPOINT ["/bin/echo", "exec"]\nCMD ["a b", "c"]\n',
  },
  'ENTRYPOINT forgets the command of the base image': { dockerfile: 'FROM IMG\nENTRYPOINT exec top -b\n' },
  'CMD alone': { dockerfile: 'FROM IMG\nCMD exec sleep $X\n' },
  'CMD before ENTRYPOINT in an earlier stage': {
    dockerfile: 'FROM IMG AS a\nCMD ["own"]\nFROM a\nENTRYPOINT ["e"]\n',
  },
  SHELL: {
    dockerfile: `FROM IMG
SHELL ["/bin/sh", "-ec"]
RUN false || echo survived > /s
CMD run
ENTRYPOINT also
HEALTHCHECK CMD check
`,
  },
  ONBUILD: {
    dockerfile: `FROM IMG AS parent
ONBUILD RUN echo triggered >> /t
ONBUILD COPY top.txt /from-trigger
ONBUILD ENV T=1
FROM parent
RUN cat /t > /u
`,
    files: TREE,
  },
  'Directives and line ends': {
    dockerfile:
      '# syntax=docker/dockerfile:1\r\n# escape=`\r\nFROM IMG\r\nRUN echo one `\r\n  two > /o\r\nENV A=`$HOME B=C:\\x\r\n',
  },
  'Stages that are not needed': {
    dockerfile: 'FROM IMG AS bad\nRUN exit 1\nFROM IMG AS good\nRUN echo ok > /ok\nFROM bad\n',
    flags: ['--target', 'good'],
  },
  'Stages beside each other': {
    dockerfile: `FROM IMG AS base
RUN echo base > /base
FROM base AS left
RUN echo left > /left
FROM base AS right
RUN echo right > /right
FROM base
COPY --from=left /left /
COPY --from=right /right /
`,
  },
}
