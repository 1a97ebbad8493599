// Package gobragg is the root of a module that simulates X-ray diffraction from crystals as a
// differentiable expression graph. Every continuous quantity of an experiment, from a cell edge to
// a detector tilt, is a gorgonia node, and images and losses have exact derivatives with respect to
// each of them.
//
// The packages, in the order in which data flows through them:
//
//   - structure holds unit cells and tables of structure factor amplitudes; format/… reads and writes these and images;
//   - crystal, beam and detector each turn a Config of plain numbers into nodes of a graph;
//   - simulator joins the three and computes images and exact derivatives with respect to any node;
//   - experiment describes all of this as data, with a JSON form;
//   - refine fits nodes to measured images, gradcheck verifies derivatives, and noise turns photons into counts.
//
// This package itself contains only [Version] and the [ConfigError] that the others return for a
// configuration they reject. The examples below simulate an image and refine a crystal.
package gobragg
