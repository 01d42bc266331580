import { defineFaults, Fault } from '../../base/faults.ts'

/** BuildKit's texts. */
export const buildFaults = defineFaults('BUILD', {
  NO_DOCKERFILE: {
    kind: 'invalid',
    message: (name: string) => `failed to read dockerfile: open ${name}: no such file or directory`,
  },
  NO_CONTEXT: { kind: 'invalid', message: (name: string) => `no build context ${name} was given` },
  TARGET: { kind: 'invalid', message: (name: string) => `target stage "${name}" could not be found` },
  NO_STAGES: { kind: 'invalid', message: () => 'dockerfile contains no stages to build' },
  BASE_NAME: { kind: 'invalid', message: (name: string) => `base name (${name}) should not be blank` },
  STAGE_NUMBER: { kind: 'invalid', message: (name: string) => `invalid stage index ${name}` },
  CYCLE: { kind: 'invalid', message: (stage: string) => `circular dependency detected on stage: ${stage}` },
  LATER_STAGE: {
    kind: 'invalid',
    message: (stage: string, by: string) =>
      `cannot copy from stage ${JSON.stringify(stage)}, it needs to be defined before current stage ${JSON.stringify(by)}`,
  },
  FROM_PLATFORM: {
    kind: 'invalid',
    message: (text: string, why: string) => `failed to parse platform ${text}: ${why}`,
  },
  SIGNAL: { kind: 'invalid', message: (signal: string) => `invalid signal: ${signal}` },
  PORT: { kind: 'invalid', message: (why: string) => why },
  CHECKSUM_FORMAT: { kind: 'invalid', message: () => 'invalid checksum digest format' },
  CHECKSUM_OF: { kind: 'invalid', message: (why: string) => `checksum ${why}` },
  MOUNT_TARGET: { kind: 'invalid', message: (target: string) => `invalid mount target ${JSON.stringify(target)}` },
  CHOWN_USER: {
    kind: 'invalid',
    message: (owner: string, why: string) => `invalid user or group in --chown=${owner}: ${why}`,
  },
  CHMOD: {
    kind: 'invalid',
    message: (mode: string) =>
      `invalid chmod parameter: '${mode}'. it should be an octal string between 0 and 07777, or a symbolic one like u=rwX,go=rX`,
  },
  DESTINATION: {
    kind: 'invalid',
    message: (keyword: string) =>
      `When using ${keyword} with more than one source file, the destination must be a directory and end with a /`,
  },
  CANCELLED: { kind: 'cancelled', message: () => 'the build was cancelled' },
  ENTITLEMENT: {
    kind: 'forbidden',
    message: (name: string) => `${name} is not allowed`,
    hint: 'allow it for this build with --allow',
  },
  DEVICE: {
    kind: 'not-implemented',
    message: (name: string) => `RUN --device=${name}: Berth gives no devices to build steps`,
  },
  MOUNT: { kind: 'invalid', message: (why: string) => `invalid mount: ${why}` },
  SECRET: { kind: 'not-found', message: (id: string) => `secret ${id}: not found` },
  SSH: { kind: 'not-found', message: (id: string) => `unset ssh forward key ${id}` },
  FRONTEND: {
    kind: 'not-implemented',
    message: (name: string) => `the frontend ${name} is not one of Berth's`,
    hint: 'docker/dockerfile:1 and what follows it are built in; images are never run as frontends',
  },
  PLATFORM: {
    kind: 'invalid',
    message: (asked: string, own: string) => `no support for platform ${asked} on this machine of ${own}`,
    hint: 'register an emulator for it with binfmt_misc',
  },
  SOURCE: { kind: 'invalid', message: (url: string, why: string) => `cannot get ${url}: ${why}` },
  CHECKSUM: {
    kind: 'invalid',
    message: (expected: string, found: string) => `digest mismatch: expected ${expected}, got ${found}`,
  },
  DOCKERFILE_SIZE: { kind: 'invalid', message: (name: string) => `${name} is larger than 16 MiB` },
  LINT: { kind: 'invalid', message: (rules: string) => `lint violation found for rules: ${rules}` },
  NO_RESULT: { kind: 'not-found', message: (ref: string) => `there is no result of a build ${ref}` },
  ARGUMENT: { kind: 'invalid', message: (name: string, why: string) => `invalid ${name}: ${why}` },
  FILTER_TWICE: { kind: 'invalid', message: (key: string) => `filter ${key} expects only one value` },
  FILTER_UNTIL: { kind: 'invalid', message: (why: string) => why },
  DEPTH: { kind: 'invalid', message: (most: number) => `max depth exceeded: an image has at most ${most} layers` },
  PATTERN: { kind: 'invalid', message: (where: string, why: string) => `${where}: ${why}` },
  UNSUPPORTED: { kind: 'not-implemented', message: (what: string) => `${what} is not implemented by Berth yet` },
})

/** A program of a step that ended badly; `exitCode` is for doors that tell it by itself. */
export class RunFailure extends Fault {
  readonly command: string
  readonly exitCode: number

  constructor(command: string, exitCode: number) {
    const told = JSON.stringify(command)
    super('invalid', 'BUILD_RUN', `process ${told} did not complete successfully: exit code: ${exitCode}`)
    this.command = command
    this.exitCode = exitCode
  }
}
