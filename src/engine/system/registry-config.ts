type IndexConfig = { Name: string; Mirrors: string[]; Secure: boolean; Official: boolean }

/** RegistryConfig of `info`. Loopback is always allowed to be insecure, as with Docker. */
export function registryConfig(insecure: string[], mirrors: string[]) {
  const networks = insecure.filter(isNetwork)
  const names = insecure.filter(one => !isNetwork(one))
  const indexes = Object.fromEntries(names.map(name => [name, index(name, [], false)]))
  return {
    InsecureRegistryCIDRs: [...networks, '::1/128', '127.0.0.0/8'],
    IndexConfigs: { 'docker.io': index('docker.io', mirrors, true), ...indexes },
    Mirrors: mirrors,
  }
}

const isNetwork = (text: string): boolean => /^[\d.:a-fA-F]+\/\d+$/.test(text)

const index = (name: string, mirrors: string[], official: boolean): IndexConfig => ({
  Name: name,
  Mirrors: mirrors,
  Secure: official,
  Official: official,
})
