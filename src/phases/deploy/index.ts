export { type ServerManifestOptions, type SettingsFile, buildServerManifests } from './cluster/server.ts';
export { APP_NAME, type WebhookOptions, buildWebhookManifest } from './cluster/webhook.ts';
