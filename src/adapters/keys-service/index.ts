export { openAwsKeys } from './aws.ts';
export { openAzureKeys } from './azure.ts';
export { openGoogleKeys } from './google.ts';
export {
  type CloudLogin,
  findCloud,
  hasCloudIdentity,
  logInToRegistry,
} from './registry-login.ts';
export { openVaultKeys } from './vault.ts';
