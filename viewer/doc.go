// Package viewer serves a page on which a diffraction image is looked at next to its model: what is measured, what the model
// expects, the residuals, and what a parameter changes. Parameters can be turned by hand or refined while the page watches.
//
// [Open] prepares an experiment as package job does before a search, [Session.Handler] serves it. The command gobragg view
// is both, with a browser.
//
// The page gets images as tiles of numbers (float32) and colours them itself, so that contrast changes without the server.
package viewer
