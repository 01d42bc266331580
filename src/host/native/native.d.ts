/** Programs embedded by `with { type: 'file' }`: the import gives a path that can be read. */
declare module '*/berth-monitor' {
  const path: string
  export default path
}
declare module '*/berth-port-proxy' {
  const path: string
  export default path
}
declare module '*/berth-resolver' {
  const path: string
  export default path
}
declare module '*/berth-health-probe' {
  const path: string
  export default path
}
