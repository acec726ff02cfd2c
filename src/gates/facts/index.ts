export { buildFactsEvidence, readRecordedFacts } from './recorded-facts.ts';
