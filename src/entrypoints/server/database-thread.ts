import { serveDatabase } from '../compose/server.ts';

/** The thread that has a connection to the database of its own. */
void serveDatabase();
