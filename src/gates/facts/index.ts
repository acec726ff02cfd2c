export { encodeDecision } from './decision-evidence.ts';
export { buildFactsEvidence, readRecordedFacts } from './recorded-facts.ts';
