export type { Step } from './fix-npm.ts';
export {
  type FileChange,
  type FixKnowledge,
  type FixPlan,
  planFixes,
  requireUnchanged,
} from './fix-plan.ts';
