export { openAwsKeys } from './aws.ts';
export { openAzureKeys } from './azure.ts';
export { openGoogleKeys } from './google.ts';
export { openVaultKeys } from './vault.ts';
