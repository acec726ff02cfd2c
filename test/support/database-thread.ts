import { serveCalls } from '../../src/adapters/graph-sql/index.ts';
import { graphPorts } from './graph-ports.ts';

/** The thread of a database whose documents are those of tests. */
void serveCalls(graphPorts);
