export {
  buildGatekeeperManifests,
  type GatekeeperOptions,
  PROVIDER_PATH,
} from './cluster/gatekeeper.ts';
export {
  buildServerManifests,
  type ServerManifestOptions,
  type SettingsFile,
} from './cluster/server.ts';
export { APP_NAME, buildWebhookManifest, type WebhookOptions } from './cluster/webhook.ts';
