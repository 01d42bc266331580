import { CommandFailure } from './failures.ts'

/**
 * docker's commands that Berth does not have yet, by group; '' is the top level. Every other command of docker is in
 * commands.ts: a test holds the two together against the list of docker's commands.
 */
export const notImplemented: Record<string, string[]> = {
  '': ['bake', 'compose', 'scout'],
  checkpoint: ['create', 'ls', 'rm'],
  config: ['create', 'inspect', 'ls', 'rm'],
  manifest: ['annotate', 'create', 'inspect', 'push', 'rm'],
  node: ['demote', 'inspect', 'ls', 'promote', 'ps', 'rm', 'update'],
  plugin: ['create', 'disable', 'enable', 'inspect', 'install', 'ls', 'push', 'rm', 'set', 'upgrade'],
  secret: ['create', 'inspect', 'ls', 'rm'],
  service: ['create', 'inspect', 'logs', 'ls', 'ps', 'rm', 'rollback', 'scale', 'update'],
  stack: ['config', 'deploy', 'ls', 'ps', 'rm', 'services'],
  swarm: ['ca', 'init', 'join', 'join-token', 'leave', 'unlock', 'unlock-key', 'update'],
  trust: ['inspect', 'key', 'revoke', 'sign', 'signer'],
}

const GROUPS_WITH_COMMANDS = ['builder', 'buildx', 'container', 'image', 'network', 'system', 'volume']

/** The missing commands of a group. */
export const notImplementedGroup = (name: string): string[] => (name === '' ? [] : (notImplemented[name] ?? []))

/** Throws where the words name a command of docker that is missing; returns where they name nothing of docker's. */
export function refuseUnimplemented(words: readonly string[]): void {
  const [first = '', second = ''] = words
  const isGroup = first !== '' && Object.hasOwn(notImplemented, first)
  if (isGroup && notImplemented[first]!.includes(second)) throw refusal(`${first} ${second}`)
  if (isGroup && !GROUPS_WITH_COMMANDS.includes(first)) throw refusal(first)
  if (notImplemented['']!.includes(first)) throw refusal(first)
}

const refusal = (command: string): CommandFailure =>
  new CommandFailure(`berth: 'berth ${command}' is not implemented yet`)
