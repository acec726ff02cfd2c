export { type ServerManifestOptions, type SettingsFile, serverManifests } from './cluster/server.ts';
export { APP_NAME, type WebhookOptions, webhookManifest } from './cluster/webhook.ts';
