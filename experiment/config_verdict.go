package experiment

// Verdict is whether the refined model fits the data.
type Verdict struct {
	// Fit reports whether it does.
	Fit bool `json:"fit"`
	// Reasons why it does not, the likeliest cause first.
	Reasons []Reason `json:"reasons,omitempty"`
	// Remarks are what should be known of a fit besides.
	Remarks []Reason `json:"remarks,omitempty"`
	// Statistics of the residuals.
	Statistics []VerdictStatistic `json:"statistics,omitempty"`
}

// Reason is a cause for which a model does not fit, or a remark.
type Reason struct {
	// Kind of the cause.
	Kind string `json:"kind"`
	// Text says what was seen, and what helps.
	Text string `json:"text"`
	// Value is the statistic that shows it.
	Value float64 `json:"value,omitzero"`
	// Limit is what it may be.
	Limit float64 `json:"limit,omitzero"`
	// Parameters that have to do with it.
	Parameters []string `json:"parameters,omitempty"`
	// Pixels are those suspected, the worst first.
	Pixels []SuspectPixel `json:"pixels,omitempty"`
}

// SuspectPixel is a pixel that is not what the model expects.
type SuspectPixel struct {
	// Panel counted from 0.
	Panel int `json:"panel,omitzero"`
	// Fast is its place along the fast axis, from 0.
	Fast int `json:"fast"`
	// Slow is its place along the slow axis, from 0.
	Slow int `json:"slow"`
	// Counts measured.
	Counts float64 `json:"counts" unit:"photons"`
	// Expected by the model.
	Expected float64 `json:"expected" unit:"photons"`
}

// VerdictStatistic is a number computed of the residuals, with its distribution if the model is right.
type VerdictStatistic struct {
	// Name of the statistic.
	Name string `json:"name"`
	// Value of it.
	Value float64 `json:"value"`
	// Mean that it would have.
	Mean float64 `json:"mean"`
	// Sigma is the standard deviation that it would have.
	Sigma float64 `json:"sigma"`
	// Limit is the value from which on the model does not fit.
	Limit float64 `json:"limit"`
	// Number of pixels, spots or rings that it is computed of.
	Number int `json:"number"`
}
