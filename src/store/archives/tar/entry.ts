export * from '../../../formats/tar/entry.ts'
