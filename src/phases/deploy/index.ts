export {
  combineImages,
  explain,
  explainFailure,
  type ImageVerdict,
  undeterminedImage,
  type WorkloadAsked,
  type WorkloadVerdict,
  warnings,
} from './admission.ts';
export { type ServerManifestOptions, type SettingsFile, serverManifests } from './cluster/server.ts';
export { APP_NAME, type WebhookOptions, webhookManifest } from './cluster/webhook.ts';
export { type Decided, type DeskPorts, type InForce, VerdictDesk } from './desk.ts';
export { standingOf } from './documents.ts';
export { decisionEvidence, verificationEvidence } from './evidence.ts';
export { type Examined, type Examining, examineImage } from './examine.ts';
export type { DocumentFound, Found, ImageEvidence, SignatureFound, Standing } from './found.ts';
export { gatherImage } from './gather.ts';
export type { GatherPorts, TrustMaterial } from './gathering.ts';
export { judgeOnce } from './judge-once.ts';
export { factsEvidence, type RecordedFacts, recordedFacts } from './recorded-facts.ts';
export { refusedByName } from './refused-by-name.ts';
export { type Searched, type Survey, surveyStorage, type Unread } from './survey.ts';
