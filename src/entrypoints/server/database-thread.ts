import { serveDatabase } from '../compose/compose.ts';

/** The thread that has a connection to the database of its own. */
void serveDatabase();
