export * from '../../../formats/tar/header.ts'
