import { defineFaults } from '../../base/faults.ts'

export const configFaults = defineFaults('CONFIG', {
  FLAG: { kind: 'invalid', message: (why: string) => why },
  OPERAND: { kind: 'invalid', message: (word: string) => `unknown argument: ${word}` },
  FLAG_NOT_YET: { kind: 'not-implemented', message: (flag: string) => `--${flag} is not implemented yet` },
  KEY_NOT_YET: {
    kind: 'not-implemented',
    message: (file: string, key: string) => `${file}: "${key}" is not implemented yet`,
  },
  UNREADABLE: { kind: 'invalid', message: (file: string, why: string) => `cannot read ${file}: ${why}` },
  NOT_JSON: { kind: 'invalid', message: (file: string, why: string) => `${file} is not valid JSON: ${why}` },
  NOT_OBJECT: { kind: 'invalid', message: (file: string) => `${file} must hold one JSON object` },
  UNKNOWN_KEYS: {
    kind: 'invalid',
    message: (file: string, keys: string) =>
      `unable to configure the daemon with file ${file}: the following directives don't match any configuration option: ${keys}`,
  },
  WRONG_TYPE: {
    kind: 'invalid',
    message: (file: string, key: string, expects: string) => `${file}: "${key}" must be ${expects}`,
  },
  CONFLICT: {
    kind: 'invalid',
    message: (file: string, keys: string) =>
      `unable to configure the daemon with file ${file}: the following directives are specified both as a flag and in the configuration file: ${keys}`,
  },
  WRONG_VALUE: {
    kind: 'invalid',
    message: (key: string, value: string, expects: string) =>
      `invalid ${key} ${JSON.stringify(value)}: must be ${expects}`,
  },
  RELATIVE: {
    kind: 'invalid',
    message: (key: string, path: string) => `${key} must be an absolute path: ${JSON.stringify(path)}`,
  },
  HOST: {
    kind: 'invalid',
    message: (host: string) => `invalid host ${JSON.stringify(host)}: want unix:///path, tcp://address:port or fd://`,
  },
  BARE_TCP: {
    kind: 'invalid',
    message: (host: string) => `${host}: refusing to listen on TCP without client certificates`,
    hint: 'whoever reaches that port is root on this machine; use --tlsverify, or --insecure-tcp if you mean it',
  },
  TLS_FILE: {
    kind: 'invalid',
    message: (key: string, path: string, why: string) => `${key}: cannot read ${path}: ${why}`,
  },
  NO_RUNTIME: {
    kind: 'invalid',
    message: (name: string) => `default-runtime: no runtime is called ${JSON.stringify(name)}`,
  },
  SECCOMP: { kind: 'invalid', message: (path: string, why: string) => `seccomp-profile: ${path}: ${why}` },
})
