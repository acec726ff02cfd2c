export { buildChart, type ChartOptions, formatManifest } from './cluster/chart.ts';
export {
  buildGatekeeperManifests,
  type GatekeeperOptions,
  PROVIDER_PATH,
} from './cluster/gatekeeper.ts';
export {
  buildServerManifests,
  type ServerManifestOptions,
  type SettingsFile,
  WHY_ONE_REPLICA,
} from './cluster/server.ts';
export { buildWatcherManifests, type WatcherManifestOptions } from './cluster/watcher.ts';
export {
  APP_NAME,
  buildPinningManifest,
  buildWebhookManifest,
  type WebhookOptions,
} from './cluster/webhook.ts';
export { type PinPlan, planPins } from './manifests/pin-images.ts';
export { type ManifestObject, readManifests } from './manifests/read-manifests.ts';
export {
  BUILT_IN_GROUPS,
  type ImageUse,
  listObjectImages,
} from './workload/object-images.ts';
