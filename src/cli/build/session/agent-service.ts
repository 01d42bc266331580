import { connect } from 'node:net'
import { SESSION } from '../../../wire/buildkit/session.ts'
import { type ServerCall, type ServerMethods, streaming, unary } from '../../../wire/grpc/server.ts'
import { GrpcError } from '../../../wire/grpc/status.ts'
import { AGENT_FAILURE, AgentMessages, isHarmless } from './agent-messages.ts'

type Bytes = { data: Uint8Array }

/** Lets a build sign with the keys of an agent. It cannot add, remove or lock any: a build is not the agent's owner. */
export const agentService = (sockets: ReadonlyMap<string, string>): ServerMethods => ({
  [SESSION.checkAgent.path]: unary(SESSION.checkAgent.request, SESSION.checkAgent.response, ({ id }) => {
    socketOf(sockets, id)
    return {}
  }),
  [SESSION.forwardAgent.path]: streaming(SESSION.forwardAgent.request, SESSION.forwardAgent.response, call =>
    forward(call, socketOf(sockets, call.metadata['buildkit.ssh.id']?.[0] ?? '')),
  ),
})

function socketOf(sockets: ReadonlyMap<string, string>, id: string): string {
  const path = sockets.get(id || 'default')
  if (path === undefined) throw new GrpcError('NOT_FOUND', `unset ssh forward key ${id || 'default'}`)
  return path
}

async function forward(call: ServerCall<Bytes, Bytes>, path: string): Promise<void> {
  const agent = connect(path)
  const failed = new Promise<never>((_, reject) => agent.once('error', reject))
  failed.catch(() => {})
  call.signal.addEventListener('abort', () => agent.destroy())
  try {
    await Promise.race([Promise.all([requestsTo(agent, call), answersFrom(agent, call)]), failed])
  } finally {
    agent.destroy()
  }
}

async function requestsTo(agent: ReturnType<typeof connect>, call: ServerCall<Bytes, Bytes>): Promise<void> {
  const messages = new AgentMessages()
  for await (const { data } of call.requests) {
    for (const message of messages.push(data)) {
      if (isHarmless(message)) agent.write(message)
      else await call.send({ data: AGENT_FAILURE })
    }
  }
  agent.end()
}

async function answersFrom(agent: AsyncIterable<Uint8Array>, call: ServerCall<Bytes, Bytes>): Promise<void> {
  for await (const data of agent) await call.send({ data })
}
