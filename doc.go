// Package gobragg is the root of a module that simulates X-ray diffraction of crystals as a differentiable expression
// graph. In the way of the data:
//
//   - structure: unit cells and tables of structure factor amplitudes; format/… reads and writes them and other files;
//   - crystal, beam, detector: each turns a Config of plain numbers into nodes of a graph;
//   - simulator: joins the three, computes images and exact derivatives by any node;
//   - refine: fits nodes to measured images; gradcheck: checks derivatives; noise: photons to counts.
//
// The package itself has the [ConfigError] that all of them return for a configuration that they refuse.
package gobragg
