export * from '../../../formats/tar/parser.ts'
