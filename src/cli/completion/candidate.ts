/** A word that may stand there, with what it means. */
export type Candidate = { word: string; about?: string }
/** Printed for the shell to go on with the names of files. */
export const FILES = ':files'
