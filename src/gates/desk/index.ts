export {
  combineImages,
  createUndeterminedVerdict,
  explainFailure,
  explainRefusal,
  type ImageVerdict,
  listWarnings,
  type WorkloadRequest,
} from './admission.ts';
export { VerdictDesk } from './desk.ts';
export type {
  DecisionEvent,
  DeskPorts,
  DocumentsInForce,
  ExaminationTurns,
  GraphFacts,
  VerifiedVex,
} from './desk-ports.ts';
export { buildDecisionEvidence, buildVerificationEvidence } from './evidence.ts';
export { examineImage } from './examine.ts';
export { judgeOnce } from './judge-once.ts';
export { refuseByName } from './refuse-by-name.ts';
