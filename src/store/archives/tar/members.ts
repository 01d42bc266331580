export * from '../../../formats/tar/members.ts'
