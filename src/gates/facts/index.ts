export { factsEvidence, recordedFacts } from './recorded-facts.ts';
