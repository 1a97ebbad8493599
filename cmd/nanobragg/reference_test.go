package main

// What the reference program printed, for arguments of TestSummary and TestPrintout: the lines that mean the same here.
// The last digits of the pixel are left out: the image is float32.

const referenceSummary = `
mosflm convention selected.
pivoting detector around direct beam spot
XDS incident beam: -0.0151344 -0.172987 0.984808
Unit Cell: 78 78 37 90 90 120
Recp Cell: 0.0148039 0.0148039 0.027027 90 90 60
volume = 194949 A^3
real-space cell vectors (Angstrom):
     a           b           c         
X: 77.83542299 -43.21103682  0.49069719
Y:  5.06093024 62.91039352 -8.85386944
Z:  0.18415590 16.09623199 35.92169556
reciprocal-space cell vectors (Angstrom^-1):
     a_star      b_star      c_star    
X:  0.01232301 -0.00094090  0.00035843
Y:  0.00800266  0.01434163 -0.00646740
Z:  0.00180414  0.00354773  0.02623937
crystal is 0.0624 x 0.0702 x 0.037 microns
approximate MW = 162676
thick0 = 0 um
thick1 = 225 um
phi0 = 3
phi1 = 3.5
lambda0 = 1.0945e-10
lambda1 = 1.1055e-10
  0 initialized hkls (all others =100)
  parallelpiped xtal: 8x9x10 cells
  wave=1.1e-10 meters +/- 1% in 2 steps
  Kahn polarization factor: 0.000000
  incident fluence: 1.25932e+29 photons/m^2
  distance=0.0984808 detsize=0.1024x0.1024  pixel=0.0016 meters (64x64 pixels)
  sensor is 0.00045 m thick in 2 layers with mu= 2000
  Xbeam=0.052 Ybeam=0.052
  Fbeam=0.052823 Sbeam=0.0530628
  Xclose=0.0512 Yclose=0.0512
  Fclose=0.0543134 Sclose=0.0700987
  DIRECTION_OF_DETECTOR_X-AXIS= -0.0151344 -0.0858317 0.996195
  DIRECTION_OF_DETECTOR_Y-AXIS= -0.172987 -0.98106 -0.0871557
  DIRECTION_OF_DETECTOR_Z-AXIS= 0.984808 -0.173648 0
  INCIDENT_BEAM_DIRECTION= 1 0 0
  spindle ROTATION_AXIS= 0 0 1
  POLARIZATION_PLANE_NORMAL= 0 -1 0
  dials origin= -47.9973 56.3319 -109.933
  hdivrange=0 hdivstep=0  radians
  vdivrange=0 vdivstep=0  radians
  1 divergence steps
  2 sources
  3 mosaic domains over mosaic spread of 0.5 degrees
  2 phi steps from 3 to 4 degrees
  2x2 pixel oversample steps
mean= 663.451 rms= 2262.63 rmsd= 2163.15
`

// referencePerStep is the I/steps of that pixel.
const referencePerStep = 17942.3798

const printoutArgs = "-cell 54.1 58.3 66.8 88 98.4 101 -default_F 3 -Na 6 -Nb 7 -Nc 8 -misset 20 30 40 -mosaic 0.4 -mosaic_dom 4 -phi 2 -osc 0.5 -phisteps 3 -dispersion 0.5 -dispsteps 3 -hdivrange 1 -vdivrange 1 -hdivsteps 3 -vdivsteps 3 -lambda 1.1 -distance 120 -detpixels 48 -pixel 1.5 -detector_rotx 2 -twotheta 5 -polar 0.9 -oversample 2 -fluence 1e20 -detector_thick 450 -detector_thicksteps 3 -detector_abs 500"

const referencePrintout = `
  13   20 : stol = 6.71272e+08 or 0.0670856
at 0.121055 0.00689434 -0.0166422
hkl= 5.229447 0.307739 -6.878260  hkl0= 5 0 -7
 F_cell=51.148  F_latt=-0.174045   I = 1.29185e+07
polar      0.9807368651
omega    0.000147541522
capfrac    0.1469498102
pixel   3.029560769
real-space cell vectors (Angstrom):
     a           b           c         
X: 33.95101608 -28.25754461 38.89855327
Y: 22.17695139 47.21803877  4.07277916
Z: -35.80951458 19.25767348 54.15307030
`
