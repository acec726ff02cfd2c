import { serveDatabase } from '../compose/server.ts';

/** A thread with its own connection to the database. */
void serveDatabase();
