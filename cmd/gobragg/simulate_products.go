package main

import (
	"context"

	"gorgonia.org/tensor"
)

// byProducts are the names of the by-products of a pixel in those of files.
var byProducts = []string{"wavelength", "h", "k", "l", "share", "crystal", "mean_h", "mean_k", "mean_l"}

// explain writes the by-products of the present image.
func (r *simulation) explain(ctx context.Context) error {
	p, err := r.Simulator().ByProducts(ctx)
	if err != nil {
		return err
	}
	lists := [][]*tensor.Dense{p.Wavelength, p.Reflection[0], p.Reflection[1], p.Reflection[2], p.Share, p.Crystal, p.HKL[0], p.HKL[1], p.HKL[2]}
	for i, o := range r.products {
		if err := ctx.Err(); err != nil {
			return err
		}
		o.values = r.layout.join(lists[i])
		if err := r.write(o); err != nil {
			return err
		}
	}
	return nil
}
