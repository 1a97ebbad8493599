// Package simulator computes the diffraction image of a crystal in a beam on a detector, and exact derivatives.
//
// [New] writes the intensity of every pixel as one expression of the parameters: the nodes of a [crystal.Crystal], a
// [beam.Beam] and a [detector.Detector] of one gorgonia graph. [Simulator.Image] and [Simulator.Images] compute it, in
// photons. A loss is any scalar expression made of [Simulator.Intensity], [Simulator.Parts] and data of one's own
// ([Simulator.Data]); [Simulator.Gradient] computes it with its derivatives by any nodes, [Simulator.Hessian] and
// [Simulator.HessianVector] its second derivatives, and [Simulator.Derivatives] an image of how each pixel changes with a
// parameter. [Simulator.Set] changes a parameter or data: nothing is built again.
//
//	sim, err := simulator.New(crystal, beam, detector)
//	image, err := sim.Image(ctx)
//	data, err := sim.Data("measured", measured)
//	loss, err := gorgonia.Sum(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Sub(sim.Intensity(), data)))))
//	gradient, err := sim.Gradient(ctx, loss, crystal.Cell.A, detector.Distance)
//	err = sim.Set(crystal.Cell.A, 78.2) // the next Image, the next Gradient take it
//
// The graph is compiled to SIMD kernels of the processor. [On] chooses something else: certain kernels, NVIDIA GPUs, or the
// uncompiled tape, on which values inside the model can be read. Pixels are computed in batches by several goroutines; the
// bits of the results do not depend on their number. The physics is exact by default; [Reference] reproduces the deviations
// of the reference program, nanoBragg. A simulator may be used by several goroutines, as may several simulators of one
// graph; expressions made with gorgonia's functions meanwhile need [Locked].
package simulator
