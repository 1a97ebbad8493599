package nanobragg

import "strings"

// within are the words that the reference program looks for anywhere in an argument that begins with a dash, so that -matrix
// is -mat to it, and -pixel_x is -pixel. It knows other options by the whole word only, and ignores all else.
var within = strings.Fields(`
	-img -mask -Na -Nb -Nc -cell -misset -samplesize -sample_size -sample_thick -sample_x -sample_width -sample_y -width
	-sample_heigh -sample_z -heigh -xtalsize -xtal_size -xtal_thick -xtal_x -xtal_width -xtal_y -xtal_heigh -xtal_z
	-density -sample_den -molec -Xbeam -Ybeam -Xclose -Yclose -ORGX -ORGY -pivot -mosflm -xds -adxv -denzo -dials
	-fdet_vector -sdet_vector -odet_vector -beam_vector -polar_vector -spindle_axis -twotheta_axis -pix0_vector
	-distance -close_distance -detector_abs -detector_thicksteps -thicksteps -twotheta
	-detector_rotx -detector_roty -detector_rotz -detsize_f -detsize_s -detpixels_f -detpixels_x -detpixels_s -detpixels_y
	-curved_det -pixel -point_pixel -nopolar -oversample_thick -oversample_polar -oversample_omega -oversample -roi
	-lambda -wave -energy -fluence -flux -exposure -beamsize -mosaici -mosaic_spr -mosaic_dom -dispersion -dispsteps
	-divergence -hdivrange -vdivrange -hdivsteps -vdivsteps -divsteps -round_div -square_div -adc -osc -phisteps -dmin
	-mat -hkl -default_F -dump -stolout -sourcefile -floatfile -floatimage -intfile -intimage -pgmfile -pgmimage
	-noisefile -noiseimage -nonoise -nopgm -scale -pgmscale -coherent -printout -noprogress -progress -interpolate
	-nointerpolate -round_xtal -square_xtal -gauss_xtal -binary_spots -tophat_spots -fudge -printout_pixel -seed
	-mosaic_seed -misset_seed -water`)

// Within returns the option that the reference program finds within a longer word: the longest one, if all others that it
// finds are part of that; "" if there is none, or if the word is several options to it.
func Within(word string) string {
	if !strings.HasPrefix(word, "-") {
		return ""
	}
	longest := ""
	for _, w := range within {
		if len(w) > len(longest) && strings.Contains(word, w) {
			longest = w
		}
	}
	for _, w := range within {
		if strings.Contains(word, w) && !strings.Contains(longest, w) {
			return ""
		}
	}
	return longest
}
