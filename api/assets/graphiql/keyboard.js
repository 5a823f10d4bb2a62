// Lets the keyboard out of the editors: in them Tab indents, so Escape and then Tab goes on to what follows, and Shift-Tab back.
'use strict';
(() => {
  let leaving = false;
  window.addEventListener(
    'keydown',
    (event) => {
      if (!(event.target instanceof Element) || !event.target.closest('.CodeMirror')) {
        leaving = false;
      } else if (event.key === 'Escape') {
        leaving = true;
      } else if (event.key === 'Tab') {
        if (leaving) {
          // The editor must not see it; the browser then does what it does everywhere.
          event.stopImmediatePropagation();
        }
        leaving = false;
      } else if (event.key !== 'Shift') {
        leaving = false;
      }
    },
    { capture: true },
  );
})();
