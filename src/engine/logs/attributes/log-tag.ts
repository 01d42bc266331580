import { hostname } from 'node:os'
import { GoTemplate } from '../../../formats/go-template/template.ts'
import { type GoField, type GoType, mapOf, pointerTo, STRING, sliceOf } from '../../../formats/go-template/values.ts'
import { logFaults } from '../faults.ts'
import { commandOf, type LogSubject } from './log-subject.ts'

/** A tag is in every line that is sent. */
const LONGEST_TAG = 4096
/** Templates that people have in their options name the daemon: this is the name they know. */
const DAEMON_NAME = 'docker'
const TIME: GoType = { kind: 'time', name: 'time.Time' }

const field = (name: string, type: GoType = STRING): GoField => ({
  name,
  json: name,
  type,
  embedded: false,
  omitsEmpty: false,
})

/** Fields and methods of Docker's logger.Info. */
const INFO = pointerTo({
  kind: 'struct',
  name: 'logger.Info',
  fields: [
    field('Config', mapOf(STRING)),
    ...['ContainerID', 'ContainerName', 'ContainerEntrypoint'].map(name => field(name)),
    field('ContainerArgs', sliceOf(STRING)),
    ...['ContainerImageID', 'ContainerImageName'].map(name => field(name)),
    field('ContainerCreated', TIME),
    field('ContainerEnv', sliceOf(STRING)),
    field('ContainerLabels', mapOf(STRING)),
    ...[
      'LogPath',
      'DaemonName',
      'ID',
      'FullID',
      'Name',
      'ImageID',
      'ImageFullID',
      'ImageName',
      'Command',
      'Hostname',
    ].map(name => field(name)),
  ],
})

/**
 * The tag that the options ask for, or `byDefault` made from its template. Throws logFaults.VALUE with Go's words: a template
 * that fails, whatever it is made of, must not end the daemon [moby 3ba0b72b78].
 */
export function logTag(subject: LogSubject, byDefault: string): string {
  const template = subject.options['tag'] || byDefault
  if (template === '') return ''
  const text = runTemplate(template, subject)
  if (text.length > LONGEST_TAG) throw logFaults.VALUE(`the log tag is longer than ${LONGEST_TAG} characters`)
  return text
}

function runTemplate(template: string, subject: LogSubject): string {
  try {
    return new GoTemplate(template, 'log-tag').run({ type: INFO, data: infoOf(subject) })
  } catch (cause) {
    throw logFaults.VALUE((cause as Error).message, { cause })
  }
}

const infoOf = (subject: LogSubject) => ({
  Config: subject.options,
  ContainerID: subject.id,
  ContainerName: `/${subject.name}`,
  ContainerEntrypoint: subject.path,
  ContainerArgs: subject.args,
  ContainerImageID: subject.imageId,
  ContainerImageName: subject.imageName,
  ContainerCreated: subject.created,
  ContainerEnv: subject.env,
  ContainerLabels: subject.labels,
  LogPath: subject.logPath,
  DaemonName: DAEMON_NAME,
  ID: subject.id.slice(0, 12),
  FullID: subject.id,
  Name: subject.name,
  ImageID: subject.imageId.slice(0, 12),
  ImageFullID: subject.imageId,
  ImageName: subject.imageName,
  Command: commandOf(subject),
  Hostname: hostname(),
})
