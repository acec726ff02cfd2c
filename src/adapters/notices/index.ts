export { type PostOptions, postText } from './post-text.ts';
export { type MailServer, parseMailServer, sendMail } from './smtp.ts';
