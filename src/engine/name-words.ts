// What the names of containers are made of: words that may stand beside any name without harm, and people of science and
// engineering by a name that is ascii, of every age and continent.

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const adjectives = words(`
  able agile airy alert amber ample ardent astute autumnal avid balmy blithe bold brave breezy bright brisk calm candid
  careful cheery civil clear clever cordial cosy crisp curious daring deft dewy diligent earnest easy elated even fair fearless
  fleet fluent fond frank fresh gallant gentle genuine gleaming golden graceful handy hardy hearty honest humble jaunty jolly
  keen kind lasting lively loyal lucid mellow merry mild mindful modest neat nimble noble patient placid plucky polite poised
  prompt proud quick quiet radiant ready robust rosy serene sharp silver sincere smooth snug sober spirited spry steady sunny
  swift tender thorough tidy tranquil trusty upbeat vernal vivid warm wary willing wise witty
`);

export const persons = words(`
  abel adams agnesi alhazen ampere anning apgar archimedes aristarchus arrhenius aryabhata atanasoff avicenna avogadro babbage
  ball banach banneker banu bardeen barre bartik becquerel bell bernoulli berzelius bhabha biot blackwell bohr boltzmann
  boole bose boyle brahe brahmagupta braille brattain brunel bunsen burnell cannon cantor carnot carver cassini cauchy
  cavendish celsius chandra chatelet church clausius compton conway copernicus cori coulomb cray crick curie cuvier dalton
  darwin davy debye dedekind descartes diesel dijkstra diophantus dirac doppler draper drew earhart eckert edison
  einstein elion engelbart eratosthenes euclid euler faraday fermat fermi feynman fibonacci fleming foucault fourier franklin
  fresnel galileo galois galvani gauss gay germain gilbreth goddard godel golgi goodall gutenberg haber halley hamilton hamming
  harvey heaviside henry herschel hertz hilbert hipparchus hodgkin holberton hooke hopper hubble huygens hypatia jacobi
  jemison jenner johnson joliot joule kapitsa kelvin kepler khayyam khwarizmi kilby knuth koch kovalevskaya lagrange
  lamarr lamport laplace lavoisier leakey leavitt lebesgue leibniz lemaitre linnaeus liskov lorentz lovelace lumiere
  lyell maathai malpighi marconi markov mauchly maxwell mayer mccarthy mcclintock meitner mendel mendeleev merian
  michelson millikan minkowski moivre monge montgolfier morse napier nernst neumann newcomen newton nightingale nobel
  noether noyce oersted ohm oppenheim ostrom papin pascal pasteur pauling pavlov payne peano pearson planck poincare poisson
  priestley ptolemy pythagoras raman ramanujan rayleigh riemann ritchie roentgen rubin rutherford sagan salk
  sammet sanger schrodinger semmelweis shannon shelley siemens snow somerville stephenson stevin stokes swan tesla thales
  thompson torricelli tsiolkovsky tu turing vaughan vesalius volta wallace watt wegener wiener wilkes wilkins
  winogradsky wright wu yalow young yukawa zeppelin zhang zuse
`);
