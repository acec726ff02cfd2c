export { takeAzureDocument } from './azure-metadata.ts';
