export * from '../../../formats/tar/writer.ts'
