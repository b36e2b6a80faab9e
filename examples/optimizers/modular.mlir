// Three layers under one norm, the largest of s_l N_l(Phi_l): each takes a step of
// size lr / s_l in a norm that suits it, rows of an embedding, the operator norm
// between rms norms of a hidden layer, the entries of a head (Large et al., "Scalable
// optimization in the modular norm", arXiv 2405.14813).
!matrix = tensor<?x?xf32>
#row = #steepest.scaled<norm = #steepest.rows, cols = 0.5>
#sign = #steepest.scaled<norm = #steepest.linf, cols = -1.0>
steepest.optimizer @modular(%embedding: !matrix, %ge: !matrix, %hidden: !matrix, %gh: !matrix,
                            %head: !matrix, %go: !matrix)
    state(%me: !matrix = zeros like %embedding, %mh: !matrix = zeros like %hidden,
          %mo: !matrix = zeros like %head)
    hyper(%lr: f32 = 0.02, %beta: f32 = 0.95) {
  %e = steepest.ema %me, %ge, %beta : !matrix
  %h = steepest.ema %mh, %gh, %beta : !matrix
  %o = steepest.ema %mo, %go, %beta : !matrix
  %phi:3 = steepest.directions over max (%e, %h, %o)
           norms([#row, #steepest.rms_to_rms, #sign]) scales([1.0, 2.0, 4.0])
           : !matrix, !matrix, !matrix
  %embedding1 = steepest.descend %embedding, %phi#0, %lr : !matrix
  %hidden1 = steepest.descend %hidden, %phi#1, %lr : !matrix
  %head1 = steepest.descend %head, %phi#2, %lr : !matrix
  steepest.update %embedding = %embedding1, %hidden = %hidden1, %head = %head1,
                  %me = %e, %mh = %h, %mo = %o
    : !matrix, !matrix, !matrix, !matrix, !matrix, !matrix
}
