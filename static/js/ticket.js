// What a ticket is read and answered with: fetched with the first one (console.js). As there, each behaviour listens at
// the document; one that has something to do at once also looks at what is already there.
import './mentions.js';
import './canned.js';
import './emoji.js';
import './recipients.js';
import './macros.js';
import './carried.js';
import './composer.js';
import './marks.js';
import './paste.js';
import './viewer.js';
import './edit.js';
import './later.js';
