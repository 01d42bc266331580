import { type CorpusCase, TREE } from './corpus-case.ts'

/** Where instructions meet what is there already, or each other. */
export const CORNERS: Record<string, CorpusCase> = {
  'ADD of archives of every compression': {
    dockerfile: 'FROM IMG\nADD a.tar.bz2 /bz2/\nADD packed.tar.gz /gz/\nADD a.txt.gz /text/\n',
  },
  'ADD of an archive that xz has packed': {
    dockerfile: 'FROM IMG\nADD a.tar.xz /xz/\n',
    // It needs a program, which not every Docker has.
    isNew: true,
  },
  'Names with spaces and other characters': {
    dockerfile: `FROM IMG
COPY ["with space/a b.txt", "/to here/"]
COPY ["ümlaut.txt", "$dollar", "/odd/"]
RUN touch "/new\\nline" '/quo"te'
`,
    files: { 'with space/a b.txt': '1', 'ümlaut.txt': '2', $dollar: '3' },
  },
  'Commands that are taken back': {
    dockerfile: 'FROM IMG AS a\nENTRYPOINT ["x"]\nCMD ["y"]\nFROM a\nENTRYPOINT []\nCMD []\nHEALTHCHECK NONE\n',
  },
  'Continuations and comments': {
    dockerfile: `# a comment
FROM IMG

# another
RUN echo a \\

  && echo b \\
# in between
  && echo c > /c
ENV A=1 \\
    B=2 \\
    # not the end
    C=3
LABEL a="x \\
y"
`,
  },
  'Lower case': { dockerfile: 'from IMG as x\nrun echo a > /a\nfrom IMG\ncopy --from=x /a /b\nenv A=1\ncmd ["x"]\n' },
  'Directories through links': {
    dockerfile: `FROM IMG
RUN mkdir -p /a/b && ln -s a/b /l && ln -s /nowhere /dangling
WORKDIR /l/c
COPY top.txt .
COPY top.txt /l/d/
COPY a /l
COPY top.txt /dangling/in/
`,
    files: TREE,
  },
  'What an image has already': {
    dockerfile: `FROM IMG
RUN mkdir -m 1777 /sticky && mkdir -m 2750 /group && chown 7:8 /group && echo x > /group/a && chmod 600 /group/a
COPY a /group/
COPY a/one /group/a
COPY --chmod=640 top.txt /group/a
ADD plain.tar /group/
RUN rm -rf /group/b && mkdir /group/b
`,
    files: TREE,
  },
  'Owners by names of the stage': {
    dockerfile: `FROM IMG AS other
RUN echo 'special:x:4321:4321::/home/special:/bin/sh' >> /etc/passwd && echo 'special:x:4321:' >> /etc/group
COPY --chown=special top.txt /mine
USER special
WORKDIR /home/special/w
COPY top.txt here
RUN touch own
FROM IMG
COPY --from=other /mine /theirs
COPY --from=other --chown=app /mine /apps
`,
    files: TREE,
  },
  'Mounts of steps, more of them': {
    dockerfile: `FROM IMG AS seed
RUN mkdir /seed && echo seeded > /seed/f
FROM IMG
RUN --mount=type=cache,target=/c,id=corpus2,from=seed,source=/seed cat /c/f > /seeded
RUN --mount=type=cache,target=/c,id=corpus3,uid=5,gid=6,mode=0700 stat -c '%u %g %a' /c > /owned
RUN --mount=type=bind,source=top.txt,target=/etc/passwd cat /etc/passwd > /covered
RUN --mount=target=/a/b/c,source=a ls /a/b/c > /listed
RUN --mount=type=cache,target=cache-in-workdir,id=corpus4 pwd > /pwd
WORKDIR /w
RUN --mount=type=cache,target=below,id=corpus5 ls > /below
RUN --mount=type=bind,target=.,source=a ls > /here
`,
    files: TREE,
  },
  'Files that programs make': {
    dockerfile: `FROM IMG
RUN touch -d '2001-02-03 04:05:06' /old && ln /old /hard && ln -s old /soft && chmod 6755 /old
RUN rm /hard && mkdir /dir && mv /soft /dir/ && chmod 0 /dir
RUN echo changed >> /etc/group && rm /etc/passwd
RUN rm -rf /var && mkfifo /var
`,
  },
  'A long chain of stages': {
    dockerfile: `FROM IMG AS s0
RUN echo 0 > /n
${Array.from({ length: 12 }, (_, index) => `FROM s${index} AS s${index + 1}\nRUN echo ${index + 1} >> /n`).join('\n')}
`,
  },
}
