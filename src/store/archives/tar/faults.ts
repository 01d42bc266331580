export * from '../../../formats/tar/faults.ts'
