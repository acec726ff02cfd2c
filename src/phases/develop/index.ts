export { AskedFixes } from './asked-fixes.ts';
export {
  type FileChange,
  type FixKnowledge,
  type FixPlan,
  planFixes,
  requireUnchanged,
} from './fix-plan.ts';
