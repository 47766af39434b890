// The console's one entry. Each behaviour attaches itself by data attribute and survives swaps,
// because it listens at the document and looks things up when something happens.
import './htmx.js';
import './live.js';
import './time.js';
import './menu.js';
import './panes.js';
import './composer.js';
import './keys.js';
import './toast.js';
import './theme.js';
