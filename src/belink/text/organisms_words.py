"""Words that tell of an organism: names, people, cell lines, hosts and reagents, topics.

Hand-made from general knowledge. Words are written in small letters with their tokens parted by one
space ("e coli" stands for "E. coli" and "E coli"); "_" stands for a space inside a term. A term in
capitals is matched in that case only, because it means something else in small letters ("COS").

Taxa are those that NCBI Gene files genes under, which for some microbes is a strain (`STRAIN_OF`).
"""

from __future__ import annotations

from typing import Literal

CueKind = Literal["name", "people", "cell", "virus", "host", "hint", "topic", "mute"]
"""name: of the organism; people: humans as such; cell: a cell line or culture; virus: a virus; host: an
organism or cell that lends antibodies or expresses foreign genes; hint: a wider group, a part or a method;
topic: what a text is about, with no taxon of its own; mute: a phrase that holds one of the other words and
tells nothing."""

STRAIN_OF = {
    "NCBITaxon:4932": "NCBITaxon:559292",
    "NCBITaxon:4896": "NCBITaxon:284812",
    "NCBITaxon:562": "NCBITaxon:511145",
    "NCBITaxon:83333": "NCBITaxon:511145",
    "NCBITaxon:1423": "NCBITaxon:224308",
    "NCBITaxon:1773": "NCBITaxon:83332",
    "NCBITaxon:287": "NCBITaxon:208964",
    "NCBITaxon:5833": "NCBITaxon:36329",
    "NCBITaxon:5476": "NCBITaxon:237561",
    "NCBITaxon:39947": "NCBITaxon:4530",
}
"""The taxon that stands here for a species, where it is another one."""

HUMAN, MOUSE, RAT = 9606, 10090, 10116
FLY, ZEBRAFISH, WORM, YEAST, CRESS = 7227, 7955, 6239, 559292, 3702

NAMES: dict[int, str] = {
    HUMAN: "human humans homo_sapiens h_sapiens hominid",
    MOUSE: """
        mouse mice murine mus_musculus m_musculus mus c57bl c57bl_6 c57bl_6j c57bl6 balb_c balbc dba_2 fvb
        c3h nod_mice cd1_mice icr_mice 129sv db_db ob_ob
    """,
    RAT: """
        rat rats rattus rattus_norvegicus r_norvegicus sprague_dawley wistar long_evans fischer_344 f344
        lewis_rats spontaneously_hypertensive_rats shr
    """,
    ZEBRAFISH: "zebrafish danio danio_rerio d_rerio",
    FLY: """
        drosophila drosophila_melanogaster d_melanogaster melanogaster fly flies fruit_fly fruit_flies
        fruitfly fruitflies
    """,
    WORM: "c_elegans caenorhabditis caenorhabditis_elegans elegans",
    YEAST: """
        yeast yeasts saccharomyces saccharomyces_cerevisiae s_cerevisiae cerevisiae budding_yeast
        baker_s_yeast bakers_yeast
    """,
    CRESS: "arabidopsis arabidopsis_thaliana a_thaliana thaliana",
    284812: "schizosaccharomyces schizosaccharomyces_pombe s_pombe pombe fission_yeast",
    511145: "e_coli escherichia escherichia_coli coli",
    8355: "xenopus xenopus_laevis x_laevis frog frogs",
    8364: "xenopus_tropicalis x_tropicalis silurana_tropicalis silurana",
    9031: "chicken chickens chick chicks gallus gallus_gallus avian hen hens broiler broilers",
    9913: "bovine cow cows cattle calf calves bos_taurus b_taurus bull bulls",
    9823: "pig pigs porcine swine piglet piglets sus_scrofa s_scrofa sow sows boar minipig minipigs",
    9940: "sheep ovine ovis_aries lamb lambs ewe ewes",
    9925: "goat goats caprine capra_hircus",
    9796: "horse horses equine equus_caballus",
    9986: "rabbit rabbits oryctolagus_cuniculus",
    9615: "dog dogs canine canis_familiaris canis_lupus_familiaris",
    9685: "cat cats feline felis_catus",
    10029: "chinese_hamster chinese_hamsters cricetulus_griseus",
    10036: "hamster hamsters syrian_hamster golden_hamster mesocricetus_auratus",
    10141: "guinea_pig guinea_pigs cavia_porcellus",
    9544: """
        rhesus rhesus_monkey rhesus_monkeys rhesus_macaque rhesus_macaques macaca_mulatta monkey monkeys
    """,
    9541: "cynomolgus macaca_fascicularis",
    9598: "chimpanzee chimpanzees pan_troglodytes",
    8090: "medaka oryzias_latipes",
    31033: "fugu takifugu takifugu_rubripes pufferfish",
    8022: "rainbow_trout oncorhynchus_mykiss trout",
    8030: "atlantic_salmon salmo_salar",
    7668: "sea_urchin strongylocentrotus strongylocentrotus_purpuratus",
    7719: "ciona_intestinalis ciona",
    7165: "anopheles anopheles_gambiae",
    7091: "bombyx_mori silkworm",
    7460: "honeybee honey_bee honeybees honey_bees apis_mellifera",
    44689: "dictyostelium dictyostelium_discoideum",
    4530: "rice oryza_sativa o_sativa",
    4577: "maize zea_mays z_mays",
    3847: "soybean glycine_max",
    4097: "tobacco nicotiana_tabacum",
    4081: "tomato solanum_lycopersicum",
    4113: "potato solanum_tuberosum",
    4565: "wheat triticum_aestivum",
    4513: "barley hordeum_vulgare",
    3880: "medicago_truncatula medicago",
    29760: "grapevine vitis_vinifera",
    3055: "chlamydomonas chlamydomonas_reinhardtii",
    237561: "candida_albicans c_albicans",
    5141: "neurospora neurospora_crassa n_crassa",
    162425: "aspergillus_nidulans a_nidulans",
    28985: "kluyveromyces_lactis k_lactis",
    224308: "bacillus_subtilis b_subtilis",
    83332: "mycobacterium_tuberculosis m_tuberculosis",
    208964: "pseudomonas_aeruginosa p_aeruginosa",
    1280: "staphylococcus_aureus s_aureus",
    36329: "plasmodium_falciparum p_falciparum",
    5811: "toxoplasma_gondii t_gondii",
    5691: "trypanosoma_brucei t_brucei",
}  # fmt: skip
"""Names of each organism, Latin and common, with inbred strains."""

VIRUSES: dict[int, str] = {
    11676: "HIV HIV_1 human_immunodeficiency_virus human_immunodeficiency_virus_type_1",
    10359: "human_cytomegalovirus HCMV",
    10376: "epstein_barr_virus EBV epstein_barr",
    10298: "herpes_simplex_virus HSV_1",
    11103: "hepatitis_c_virus HCV",
    10407: "hepatitis_b_virus HBV",
    10566: "human_papillomavirus human_papillomaviruses human_papilloma_virus HPV HPVs",
    333760: "HPV_16 HPV16 human_papillomavirus_type_16",
    1891767: "simian_virus_40 SV40",
    2697049: "SARS_COV_2 SARS_CoV_2",
    11320: "influenza_a_virus",
}  # fmt: skip
"""Viruses: what they infect is mostly what is studied, so they are counted apart."""

PEOPLE = """
patient patients woman women man men child children infant infants people person persons individuals
volunteers volunteer participants participant cohort cohorts probands proband caucasian caucasians europeans
han_chinese asians african_americans pedigree pedigrees case_control polymorphism polymorphisms
genome_wide_association gwas autopsy biopsies biopsy healthy_controls healthy_donors healthy_donor
blood_donors boy girl boys girls twins consanguineous outpatients odds_ratio survivors smokers
schizophrenics index_case affected_families chinese_population japanese_population
"""
"""Words of people, who are humans."""

CELLS: dict[int, str] = {
    HUMAN: """
        hela hepg2 hep_g2 huh7 huh_7 mcf7 mcf_7 mcf10a mcf_10a mda_mb_231 mda_mb mdamb231 a549 h1299
        hct116 hct_116 sw480 ht29 ht_29 caco2 caco_2 lncap pc3 pc_3 du145 du_145 u2os u_2_os u87 u87mg
        u251 t98g sh_sy5y shsy5y sk_n_sh jurkat k562 hl60 hl_60 u937 thp1 thp_1 raji ramos daudi huvec
        huvecs hacat saos2 saos_2 mg63 mg_63 a431 t47d t_47d bt474 bt_474 skbr3 sk_br_3 ovcar skov3 hap1
        rpe1 rpe_1 htert_rpe1 ht1080 ht_1080 imr90 imr_90 wi_38 wi38 mrc5 mrc_5 kasumi nb4 mv4_11 calu_3
        beas_2b 16hbe bewo jeg_3 ishikawa lovo dld_1 dld1 rko sw620 panc_1 miapaca capan aspc_1 bxpc_3
        pbmc pbmcs peripheral_blood_mononuclear lymphoblastoid molt_4 ccrf_cem h460 h358 sk_mel a375 hep3b
        hep_3b smmc_7721 mkn45 ags hmc_1 lad2 h9_cells hesc hescs hmsc hmscs hipsc hipscs hasmc hasmcs
        haec haecs hmec hmecs nhek keratinocytes_of_patients umbilical_vein cord_blood
        human_embryonic_kidney neutrophils_from_healthy sw1353 ovcar3 a2780 caov3 skov_3 kyse eca109 hne1
        cne2 5637_cells t24 saos hfls bjab namalwa bl41 lcls lcl
    """,
    MOUSE: """
        3t3_l1 c2c12 c3h10t1_2 c3h_10t1_2 mefs mef mouse_embryonic_fibroblasts raw264 raw_264 raw_264_7
        raw264_7 raw_cells l929 n2a neuro2a neuro_2a min6 min_6 mc3t3 mc3t3_e1 st2_cells st_2_cells st_2
        st2 atdc5 p19_cells p19_cell f9_cells f9_cell b16 b16f10 4t1 ll2 lewis_lung ct26 el4 ba_f3 baf3
        32d wehi hepa1_6 hepa_1c1c7 imcd3 mimcd3 bv2 bv_2 j774 bmdm bmdms bmdc bmdcs
        bone_marrow_derived_macrophages bone_marrow_derived_dendritic ht22 hl_1 tm3 tm4 ma_10 gc_1 renca
        lbetat2 alphat3_1 pa6 mesc mescs splenocytes y_1_cells nih_3t3_l1 hc11 nmumg eph4 wehi_3 a20 bcl1
        70z r1_es e14 d3_es
    """,
    RAT: """
        pc12 pc_12 h9c2 ins_1 ins1 ins_1e ins_1_cells rinm5f gh3 gh4c1 c6_glioma nrk rbl_2h3 rbl
        l6_myotubes l6_cells h4iie iec_6 iec6 b35 a7r5 a10_cells frtl_5 rat2 rat_1 f98 nrvm nrvms ar42j
        brl_3a brl_3a_cells neonatal_cardiomyocytes neonatal_ventricular hsc_t6 pc_cl3 ros_17_2 umr_106
    """,
    FLY: "s2_cells s2_cell schneider_cells schneider_s2 kc167",
    9031: "dt40",
}  # fmt: skip
"""Cell lines and cultures by the organism whose genes are studied in them."""

HOSTS: dict[int, str] = {
    HUMAN: "hek hek293 hek_293 hek293t hek_293t 293t 293_cells anti_human human_serum",
    MOUSE: """
        nude_mice nude_mouse scid_mice nod_scid athymic mouse_monoclonal mouse_anti anti_mouse
        murine_monoclonal mouse_xenograft mouse_xenografts xenograft_mice xenograft_mouse nih3t3 nih_3t3
        3t3 swiss_3t3
    """,
    RAT: "rat_anti rat_monoclonal anti_rat",
    YEAST: """
        yeast_two_hybrid yeast_2_hybrid two_hybrid_in_yeast yeast_cells yeast_extract yeast_one_hybrid
        yeast_three_hybrid yeast_expression yeast_artificial_chromosome yeast_artificial
    """,
    511145: """
        expressed_in_escherichia_coli expressed_in_e_coli in_e_coli in_escherichia_coli e_coli_lps
        e_coli_lipopolysaccharide e_coli_dna escherichia_coli_dna escherichia_coli_lipopolysaccharide
        from_e_coli from_escherichia_coli
    """,
    8355: "xenopus_oocytes xenopus_oocyte xenopus_laevis_oocytes xenopus_egg",
    9986: """
        rabbit_anti rabbit_polyclonal rabbit_reticulocyte rabbit_antiserum rabbit_antibody
        rabbit_antibodies rabbit_antisera anti_rabbit
    """,
    9925: "goat_anti goat_polyclonal",
    9913: "bovine_serum fetal_bovine fetal_calf foetal_calf calf_serum calf_thymus",
    9796: "horse_serum horseradish",
    9940: "sheep_erythrocytes sheep_red_blood",
    FLY: "insect_cells sf9 sf21 drosophila_cells",
    9615: "mdck",
    10029: "cho cho_k1 v79 chinese_hamster_ovary",
    10036: "bhk bhk_21",
    9534: "vero COS cos_1 cos_7 cos1 cos7 cv_1",
}  # fmt: skip
"""Organisms and cells that lend an antibody, a serum or an expression system."""

HINTS: dict[int, str] = {
    ZEBRAFISH: "fish teleost teleosts dpf hpf morpholino morpholinos morphants morphant",
    FLY: """
        insect insects imaginal wing_disc wing_discs larvae larval pupal pupae eye_disc p_element gal4 uas
        ommatidia egg_chamber
    """,
    WORM: "nematode nematodes worm worms hermaphrodite hermaphrodites dauer vulval vulva",
    CRESS: """
        plant plants seedlings seedling auxin leaves stomatal stomata chloroplast chloroplasts phytochrome
        pollen root_hair petiole
    """,
    YEAST: "fungal fungi fungus sporulation vacuolar vacuole",
    8355: "amphibian tadpoles tadpole blastomeres animal_cap animal_caps",
    9031: "in_ovo",
}  # fmt: skip
"""Wider groups, parts and methods, by the organism that they mostly mean."""

TOPICS: dict[str, str] = {
    "mammals": "mammal mammals mammalian",
    "rodents": "rodent rodents",
    "cancer": """
        cancer cancers carcinoma carcinomas leukemia leukaemia lymphoma tumor tumors tumour tumours glioma
        glioblastoma melanoma myeloma adenocarcinoma neuroblastoma sarcoma metastasis metastatic
        osteosarcoma
    """,
    "clinic": """
        clinical clinically prognosis prognostic survival therapy risk syndrome diagnosis diagnostic
        susceptibility trial years
    """,
    "knockout": """
        knockout knockouts knock_out knockin knock_in null deficient ko double_knockout gene_targeting
        targeted_disruption floxed loxp lox conditional_deletion cre littermates transgenic transgenics
    """,
    "embryo": "embryo embryos embryonic embryogenesis postnatal gastrulation",
    "xenograft": "xenograft xenografts xenografted tumorigenicity",
    "cloning": """
        cdna cdnas cloned cloning clone clones open_reading_frame homolog homologue homologous amino_acids
        northern nucleotide_sequence sequence_identity exons introns chromosome chromosomal
    """,
    "animals": """
        intraperitoneal intraperitoneally injected injection intravenous oral_administration gavage diet
        fed anesthetized ligation occlusion streptozotocin infarction
    """,
    "cells": "cell_line cell_lines transfected transfection luciferase sirna shrna knockdown",
    "genetics": """
        mutation mutations missense heterozygous homozygous exome linkage family families hereditary
    """,
}  # fmt: skip
"""What texts are about; for which mammals that speaks is learnt."""

MUTES = """
mothers_against rat_sarcoma homolog_drosophila homolog_saccharomyces_cerevisiae homolog_s_cerevisiae
homolog_yeast homolog_mouse homolog_xenopus homolog_xenopus_laevis homolog_c_elegans homolog_e_coli
homolog_s_pombe homolog_rat homolog_zebrafish homolog_chicken human_genome_organization murine_double_minute
mouse_double_minute murine_leukemia_virus murine_sarcoma mouse_mammary_tumor_virus rous_sarcoma
adenomatous_polyposis_coli polyposis_coli mef_2 mef_2c mef_2a mef_2d from_yeast_to yeast_to_mammals
yeast_to_humans yeast_to_human yeast_to_man from_drosophila_to flies_to_humans worms_to_humans
human_genome_project guinea_pig_serum human_growth_hormone rat_tail mouse_genome_informatics fly_ash
wistar_institute
"""
"""Phrases that hold a word of an organism and do not tell of it."""


def cue_words() -> dict[str, tuple[CueKind, int, str]]:
    """Give every term, tokens parted by one space, with its kind, its taxon's number and its topic.

    Of a term listed twice the last entry counts, in the order topics, cells, names, hosts, people, mutes.
    """
    terms: dict[str, tuple[CueKind, int, str]] = {}
    for topic, words in TOPICS.items():
        terms.update((_term(word), ("topic", 0, topic)) for word in words.split())
    tables: tuple[tuple[CueKind, dict[int, str]], ...] = (
        ("hint", HINTS),
        ("cell", CELLS),
        ("name", NAMES),
        ("virus", VIRUSES),
        ("host", HOSTS),
    )
    for kind, table in tables:
        for taxon, words in table.items():
            terms.update((_term(word), (kind, taxon, "")) for word in words.split())
    terms.update((_term(word), ("people", HUMAN, "")) for word in PEOPLE.split())
    terms.update((_term(word), ("mute", 0, "")) for word in MUTES.split())
    return terms


def _term(word: str) -> str:
    return word.replace("_", " ")
